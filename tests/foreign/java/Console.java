import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/** Standard output that is collected for a thread that wants it; other threads' goes to the log. */
final class Console extends OutputStream {
    private final ThreadLocal<ByteArrayOutputStream> collected = new ThreadLocal<>();
    private final PrintStream log;

    Console(PrintStream log) {
        this.log = log;
    }

    String collect(Runnable something) {
        ByteArrayOutputStream mine = new ByteArrayOutputStream();
        collected.set(mine);
        try {
            something.run();
        } finally {
            collected.remove();
        }
        return mine.toString();
    }

    @Override
    public void write(int octet) {
        ByteArrayOutputStream mine = collected.get();
        if (mine == null) {
            log.write(octet);
        } else {
            mine.write(octet);
        }
    }
}
