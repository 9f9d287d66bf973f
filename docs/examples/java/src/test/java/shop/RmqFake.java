package shop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A RocketMQ for the tests of a class: {@code @RegisterExtension static final RmqFake FAKE = new RmqFake("orders:4");} */
final class RmqFake implements BeforeAllCallback, AfterAllCallback {
    private static final Pattern NAMESRV = Pattern.compile("\"namesrv\": \"([^\"]+)\"");

    private final List<String> command = new ArrayList<>(
            List.of(System.getProperty("rmq.fake", "rmq-fake"), "serve", "--namesrv-port", "0", "--broker-port", "0"));
    private Process process;
    private String namesrv;

    /** Topics with their numbers of queues, such as "orders:4". */
    RmqFake(String... topics) {
        for (String topic : topics) {
            command.addAll(List.of("--topic", topic));
        }
    }

    /** The address to give to clients. */
    String namesrv() {
        return namesrv;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String ready = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                .readLine(); // one line, once it listens; the end of the stream if it cannot
        Matcher address = NAMESRV.matcher(String.valueOf(ready));
        if (!address.find()) {
            process.destroyForcibly();
            throw new IOException(command + " did not start: " + ready);
        }
        namesrv = address.group(1);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
