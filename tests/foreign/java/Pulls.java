import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Lite pull consumers. */
final class Pulls {
    private Pulls() {
    }

    static Object subscribe(Stage stage) throws Exception {
        Pushes.sendToAll(stage, "a");
        DefaultLitePullConsumer consumer = stage.litePullConsumer();
        consumer.setAutoCommit(false);
        consumer.subscribe(stage.topic, "*");
        consumer.start();
        List<String> bodies = poll(consumer, 8);
        consumer.commitSync();
        Stage.await("commit", () -> committed(stage, consumer).equals(Arrays.asList(2L, 2L, 2L, 2L)) ? true : null);
        return Stage.facts("bodies", Stage.sorted(bodies), "committed", committed(stage, consumer));
    }

    static Object tags(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (String tag : Arrays.asList("TagA", "TagB", "TagA")) {
            producer.send(stage.message(tag, "of " + tag), stage.queue(0));
        }
        DefaultLitePullConsumer consumer = stage.litePullConsumer();
        consumer.subscribe(stage.topic, "TagA");
        consumer.start();
        return poll(consumer, 2);
    }

    static Object assign(Stage stage) throws Exception {
        Pushes.sendToAll(stage, "a");
        DefaultLitePullConsumer consumer = stage.litePullConsumer();
        consumer.start();
        Collection<MessageQueue> all = Stage.await("route", () -> consumer.fetchMessageQueues(stage.topic));
        consumer.assign(Arrays.asList(stage.queue(1), stage.queue(2)));
        return Stage.facts("queues", all.size(), "bodies", Stage.sorted(poll(consumer, 4)));
    }

    static Object seek(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (int i = 0; i < 6; i++) {
            producer.send(stage.message("message " + i), stage.queue(0));
        }
        MessageExt fourth = stage.read(stage.topic, 0, 6).get(3);
        DefaultLitePullConsumer consumer = stage.litePullConsumer();
        consumer.start();
        consumer.assign(Arrays.asList(stage.queue(0)));
        List<Object> seen = new ArrayList<>();
        seen.add(new TreeSet<>(poll(consumer, 6)));
        consumer.seek(stage.queue(0), 4);
        seen.add(new TreeSet<>(poll(consumer, 2)));
        consumer.seekToBegin(stage.queue(0));
        seen.add(new TreeSet<>(poll(consumer, 6)));
        consumer.seekToEnd(stage.queue(0));
        producer.send(stage.message("after the end"), stage.queue(0));
        seen.add(new TreeSet<>(poll(consumer, 1)));
        boolean found = consumer.offsetForTimestamp(stage.queue(0), fourth.getStoreTimestamp()) <= 3;
        return Stage.facts("seen", seen, "found", found,
            "beyond", Stage.outcome(() -> {
                consumer.seek(stage.queue(0), 99);
                return "sought";
            }));
    }

    private static List<String> poll(DefaultLitePullConsumer consumer, int count) throws Exception {
        List<String> bodies = new ArrayList<>();
        Stage.await("messages", () -> {
            bodies.addAll(Stage.bodies(consumer.poll(500)));
            return bodies.size() >= count ? true : null;
        });
        return bodies;
    }

    private static List<Long> committed(Stage stage, DefaultLitePullConsumer consumer) throws Exception {
        List<Long> offsets = new ArrayList<>();
        for (int id = 0; id < 4; id++) {
            offsets.add(stage.admin().examineConsumeStats(stage.group, stage.topic)
                .getOffsetTable().get(stage.queue(id)).getConsumerOffset());
        }
        return offsets;
    }
}
