import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONObject;
import com.alibaba.fastjson.serializer.SerializerFeature;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Plays scenarios with the Java client for another process.
 *
 * <p>Reads a JSON object a line, {@code {"call": NUMBER, "operation": "Class.method", ...}}, plays the scenarios at the
 * same time, and answers each with a line, {@code {"call": NUMBER, "result": OUTCOME}}, or with the text of what it
 * threw as {@code "error"}. A scenario is a static method that takes the {@link Stage} it plays on. Compiles against 4.9
 * and 5.x; what needs 5.x is in the folder {@code only5}.
 */
public final class Foreign {
    private static final int AT_ONCE = 8;
    private static final Console CONSOLE = new Console(System.err);

    private Foreign() {
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, "UTF-8");
        System.setOut(new PrintStream(CONSOLE, true, "UTF-8"));
        ExecutorService players = Executors.newFixedThreadPool(AT_ONCE);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JSONObject request = JSON.parseObject(line);
            players.execute(() -> answers.println(JSON.toJSONString(play(request),
                SerializerFeature.WriteMapNullValue, SerializerFeature.DisableCircularReferenceDetect)));
        }
        System.exit(0); // clients leave threads behind
    }

    /** What commands print that run on this thread, while something runs. */
    static String printed(Runnable something) {
        return CONSOLE.collect(something);
    }

    private static Map<String, Object> play(JSONObject request) {
        Map<String, Object> answer = new HashMap<>();
        answer.put("call", request.get("call"));
        try (Stage stage = new Stage(request)) {
            String[] name = request.getString("operation").split("\\.");
            Method scenario = Class.forName(name[0]).getDeclaredMethod(name[1], Stage.class);
            answer.put("result", scenario.invoke(null, stage));
        } catch (InvocationTargetException e) {
            answer.put("error", described(e.getCause()));
        } catch (Exception e) {
            answer.put("error", described(e));
        }
        return answer;
    }

    private static String described(Throwable thrown) {
        StringBuilder text = new StringBuilder(thrown.toString());
        for (StackTraceElement frame : thrown.getStackTrace()) {
            text.append("\n  at ").append(frame);
        }
        return text.toString();
    }
}
