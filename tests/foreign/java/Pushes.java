import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Push consumers. */
final class Pushes {
    private Pushes() {
    }

    static Object concurrent(Stage stage) throws Exception {
        return shared(new Members(stage, false), stage);
    }

    static Object orderlyMembers(Stage stage) throws Exception {
        return shared(new Members(stage, true), stage);
    }

    /** Two members share four queues; one leaves and the other takes its queues over, their locks included. */
    private static Object shared(Members members, Stage stage) throws Exception {
        members.join("first");
        members.join("second");
        members.awaitQueues(2, 2);
        sendToAll(stage, "a");
        Object shared = members.received(8);
        members.leave("second");
        members.awaitQueues(4);
        sendToAll(stage, "b");
        return Stage.facts("shared", shared, "all", members.received(16), "queues", members.counts());
    }

    /** A queue waits while its message is not done. */
    static Object orderly(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (int i = 0; i < 5; i++) {
            producer.send(stage.message("step " + i), stage.queue(1));
        }
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            MessageExt message = messages.get(0);
            events.add(Stage.text(message) + ", attempt " + message.getReconsumeTimes());
            boolean again = Stage.text(message).equals("step 2") && message.getReconsumeTimes() < 2;
            context.setSuspendCurrentQueueTimeMillis(100);
            return again ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        return Stage.await("seven attempts", () -> events.size() >= 7 ? new ArrayList<>(events) : null);
    }

    static Object broadcasting(Stage stage) throws Exception {
        Members members = new Members(stage, false);
        members.broadcasting = true;
        members.join("first");
        members.join("second");
        members.awaitQueues(4, 4);
        sendToAll(stage, "a");
        Stage.await("messages", () -> members.events.size() >= 16 ? true : null);
        return Stage.sorted(members.events);
    }

    static Object tags(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (String tag : new String[] {"TagA", "TagB", "TagC", "TagA"}) {
            producer.send(stage.message(tag, "of " + tag), stage.queue(0));
        }
        producer.send(stage.message("without"), stage.queue(0));
        producer.send(stage.message("TagB", "the last"), stage.queue(0));
        return consumed(stage, 4, consumer -> consumer.subscribe(stage.topic, "TagA || TagB"));
    }

    static Object sql92(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (int price = 1; price <= 6; price++) {
            Message message = stage.message(price % 2 == 0 ? "even" : "odd", "price " + price);
            message.putUserProperty("price", String.valueOf(price));
            producer.send(message, stage.queue(0));
        }
        String expression = "(price BETWEEN 2 AND 5 AND TAGS = 'odd') OR price IN ('6')";
        return consumed(stage, 3, consumer -> consumer.subscribe(stage.topic, MessageSelector.bySql(expression)));
    }

    static Object brokenSql92(Stage stage) throws Exception {
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, MessageSelector.bySql("price >"));
        consumer.registerMessageListener(
            (MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
        return Stage.outcome(() -> {
            consumer.start();
            return "started";
        });
    }

    /** A failure, and the message again out of the group's retry topic. */
    static Object retriedOnce(Stage stage) throws Exception {
        stage.producer().send(stage.message("stumbling"), stage.queue(0));
        List<String> attempts = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt read = messages.get(0);
            attempts.add(read.getTopic() + " " + Stage.text(read) + ", attempt " + read.getReconsumeTimes() + " out of "
                + context.getMessageQueue().getTopic());
            context.setDelayLevelWhenNextConsume(1);
            return read.getReconsumeTimes() == 0 ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return Stage.await("two attempts", () -> attempts.size() >= 2 ? new ArrayList<>(attempts) : null);
    }

    /** Three attempts, then the dead-letter queue. */
    static Object retryAndDeadLetter(Stage stage) throws Exception {
        Message message = new Message(stage.topic, "TagA", "order-1", Stage.bytes("poison"));
        stage.producer().send(message, stage.queue(0));
        List<String> attempts = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.setMaxReconsumeTimes(2);
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt read = messages.get(0);
            attempts.add(read.getTopic() + " " + Stage.text(read) + ", attempt " + read.getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        consumer.start();
        MessageExt dead = stage.read("%DLQ%" + stage.group, 0, 1).get(0);
        return Stage.facts("attempts", new ArrayList<>(attempts), "body", Stage.text(dead), "tags", dead.getTags(),
            "keys", dead.getKeys(), "reconsumeTimes", dead.getReconsumeTimes(),
            "retryTopic", dead.getProperty("RETRY_TOPIC"), "sameId", message.getProperty("UNIQ_KEY").equals(
                dead.getProperty("UNIQ_KEY")));
    }

    /** A member is told to begin again. */
    static Object resetOffset(Stage stage) throws Exception {
        long before = System.currentTimeMillis();
        Members members = new Members(stage, false);
        members.join("first");
        members.awaitQueues(4);
        sendToAll(stage, "a");
        members.received(8);
        Stage.await("commit", () -> {
            return stage.admin().examineConsumeStats(stage.group, stage.topic).computeTotalDiff() == 0 ? true : null;
        });
        stage.admin().resetOffsetByTimestamp(stage.topic, stage.group, before - 60_000, true);
        Stage.await("repetition", () -> members.events.size() >= 16 ? true : null);
        return Stage.sorted(members.events);
    }

    static void sendToAll(Stage stage, String name) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (int i = 0; i < 8; i++) {
            producer.send(stage.message(name + i), stage.queue(i % 4));
        }
    }

    interface Subscribing {
        void subscribe(DefaultMQPushConsumer consumer) throws Exception;
    }

    static List<String> consumed(Stage stage, int count, Subscribing subscribing) throws Exception {
        List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = stage.consumer();
        subscribing.subscribe(consumer);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            bodies.addAll(Stage.bodies(messages));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Stage.await("messages", () -> bodies.size() >= count ? true : null);
        return Stage.sorted(new ArrayList<>(bodies));
    }

    /** The members of a group, what queues they have, and what they were given. */
    private static final class Members {
        final List<String> events = Collections.synchronizedList(new ArrayList<>());
        boolean broadcasting;
        private final Stage stage;
        private final boolean orderly;
        private final Map<String, DefaultMQPushConsumer> consumers = new TreeMap<>();
        private final Set<String> bodies = ConcurrentHashMap.newKeySet();

        Members(Stage stage, boolean orderly) {
            this.stage = stage;
            this.orderly = orderly;
        }

        void join(String name) throws Exception {
            DefaultMQPushConsumer consumer = stage.consumer();
            if (broadcasting) {
                consumer.setMessageModel(consumer.getMessageModel().valueOf("BROADCASTING"));
            }
            consumer.subscribe(stage.topic, "*");
            if (orderly) {
                consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                    note(name, messages);
                    return ConsumeOrderlyStatus.SUCCESS;
                });
            } else {
                consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                    note(name, messages);
                    return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
                });
            }
            consumer.start();
            consumers.put(name, consumer);
        }

        void leave(String name) {
            consumers.remove(name).shutdown();
        }

        void awaitQueues(Integer... numbers) throws Exception {
            List<Integer> wanted = java.util.Arrays.asList(numbers);
            try {
                Stage.await("queues", () -> counts().equals(wanted) ? true : null);
            } catch (IllegalStateException e) {
                throw new IllegalStateException(counts() + " queues instead of " + wanted + ": " + queues(), e);
            }
        }

        List<Integer> counts() {
            List<Integer> counts = new ArrayList<>();
            for (DefaultMQPushConsumer consumer : consumers.values()) {
                int[] count = {0};
                consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().forEach(
                    (queue, state) -> count[0] += queue.getTopic().equals(stage.topic)
                        && (!orderly || state.isLocked()) ? 1 : 0);
                counts.add(count[0]);
            }
            return counts;
        }

        /** What each member has, and whether it holds the lock. */
        private List<String> queues() {
            List<String> queues = new ArrayList<>();
            consumers.forEach((name, consumer) ->
                consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().forEach(
                    (queue, state) -> queues.add(name + " " + queue + (state.isLocked() ? " locked" : ""))));
            return queues;
        }

        Object received(int count) throws Exception {
            return Stage.await("messages", () -> bodies.size() >= count ? new TreeSet<>(bodies) : null);
        }

        private void note(String name, List<MessageExt> messages) {
            for (MessageExt message : messages) {
                events.add(name + " " + Stage.text(message));
                bodies.add(Stage.text(message));
            }
        }
    }
}
