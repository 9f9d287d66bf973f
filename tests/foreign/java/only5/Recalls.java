import java.util.Properties;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Timer messages taken back. */
final class Recalls {
    private Recalls() {
    }

    static Object recall(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        allow(stage, false);
        Message message = stage.message("taken back");
        message.setDelayTimeMs(4_000);
        SendResult sent = producer.send(message, stage.queue(0));
        Message other = stage.message("delivered");
        other.setDelayTimeMs(5_000);
        producer.send(other, stage.queue(0));
        String handle = sent.getRecallHandle();
        if (handle == null) {
            return "no recall handle"; // 4.9 knows no timers
        }
        Object refused = Stage.outcome(() -> producer.recallMessage(stage.topic, handle));
        allow(stage, true);
        Object recalled = Stage.outcome(() -> producer.recallMessage(stage.topic, handle).equals(sent.getMsgId()));
        Object bad = Stage.outcome(() -> producer.recallMessage(stage.topic, "bad"));
        return Stage.facts("refused", refused, "recalled", recalled, "bad", bad,
            "delivered", Stage.bodies(stage.read(stage.topic, 0, 1)));
    }

    private static void allow(Stage stage, boolean allowed) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("recallMessageEnable", String.valueOf(allowed));
        stage.admin().updateBrokerConfig(stage.broker, properties);
    }
}
