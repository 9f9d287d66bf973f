import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageRequestMode;

/** Consumers that pop. */
final class Pops {
    private Pops() {
    }

    /** One message fails at first and comes again after a while; all are acknowledged in the end. */
    static Object popConsumer(Stage stage) throws Exception {
        Object mode = Stage.outcome(() -> {
            stage.admin().setMessageRequestMode(
                stage.broker, stage.topic, stage.group, MessageRequestMode.POP, 0, 10_000);
            return "set";
        });
        if (!mode.equals("set")) {
            return mode; // 4.9 knows no other than to pull
        }
        DefaultMQProducer producer = stage.producer();
        for (int i = 0; i < 4; i++) {
            producer.send(stage.message("popped " + i), stage.queue(i));
        }
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.setClientRebalance(false);
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt message = messages.get(0);
            events.add(message.getTopic() + " " + Stage.text(message) + ", attempt " + message.getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            return Stage.text(message).equals("popped 2") && message.getReconsumeTimes() < 1
                ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Stage.await("attempts", () -> events.size() >= 5 ? true : null);
        return Stage.sorted(new ArrayList<>(events));
    }
}
