import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** Message traces: a producer and a consumer write them, and the trace topic is read like any other. */
final class Traces {
    private static final char FIELD = 1;
    private static final char CONTEXT = 2;

    private Traces() {
    }

    static Object allStations(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.started(
            new DefaultMQProducer(stage.group + "-producer", null, true, stage.topic + "-trace"));
        Message traced = new Message(stage.topic, "TagA", "traced-key", Stage.bytes("traced"));
        producer.send(traced, stage.queue(0));
        DefaultMQPushConsumer consumer = stage.settled(
            new DefaultMQPushConsumer(stage.group, null, new org.apache.rocketmq.client.consumer.rebalance
                .AllocateMessageQueueAveragely(), true, stage.topic + "-trace"));
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener(
            (MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        consumer.start();

        Set<String> stations = Collections.synchronizedSet(new TreeSet<>());
        DefaultMQPushConsumer reader = stage.settled(new DefaultMQPushConsumer(stage.group + "-reader"));
        reader.subscribe(stage.topic + "-trace", "*");
        reader.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (Message trace : messages) {
                for (String station : Stage.text(trace).split(String.valueOf(CONTEXT))) {
                    String[] fields = station.split(String.valueOf(FIELD), -1);
                    stations.add(fields[0] + " " + fields.length);
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        reader.start();
        Stage.await("traces", () -> stations.size() >= 3 ? true : null);
        List<String> seen = new ArrayList<>(stations);
        return Stage.facts("stations", seen);
    }
}
