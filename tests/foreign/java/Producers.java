import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;

/** Every kind of send. */
final class Producers {
    private Producers() {
    }

    static Object sync(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        List<Object> sent = new ArrayList<>();
        for (String body : Arrays.asList("one", "zwei", "三")) {
            Message message = new Message(stage.topic, "TagA", "key1 key2", Stage.bytes(body));
            message.putUserProperty("colour", "grün");
            message.setFlag(7);
            sent.add(described(producer.send(message, stage.queue(1))));
        }
        List<MessageExt> read = stage.read(stage.topic, 1, 3);
        MessageExt first = read.get(0);
        return Stage.facts("sent", sent, "bodies", Stage.bodies(read),
            "tags", first.getTags(), "keys", first.getKeys(), "colour", first.getUserProperty("colour"),
            "flag", first.getFlag(), "reconsumeTimes", first.getReconsumeTimes());
    }

    static Object async(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        List<CompletableFuture<SendResult>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            CompletableFuture<SendResult> answer = new CompletableFuture<>();
            answers.add(answer);
            producer.send(stage.message("async " + i), stage.queue(0), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    answer.complete(result);
                }

                @Override
                public void onException(Throwable thrown) {
                    answer.completeExceptionally(thrown);
                }
            });
        }
        List<Long> offsets = new ArrayList<>();
        for (CompletableFuture<SendResult> answer : answers) {
            offsets.add(answer.get(20, TimeUnit.SECONDS).getQueueOffset());
        }
        return Stage.facts("offsets", Stage.sorted(offsets),
            "bodies", Stage.sorted(Stage.bodies(stage.read(stage.topic, 0, 10))));
    }

    static Object oneway(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        producer.send(stage.message("connected"), stage.queue(0)); // nobody tells of what is lost while connecting
        for (String body : Arrays.asList("a", "b", "c")) {
            producer.sendOneway(stage.message(body), stage.queue(0));
        }
        return Stage.facts("bodies", Stage.sorted(Stage.bodies(stage.read(stage.topic, 0, 4))));
    }

    static Object batch(Stage stage) throws Exception {
        List<Message> batch = Arrays.asList(stage.message("TagA", "first"), stage.message("TagB", "second"),
            stage.message("third"));
        SendResult result = stage.producer().send(batch, stage.queue(2));
        List<Object> read = new ArrayList<>();
        for (MessageExt message : stage.read(stage.topic, 2, 3)) {
            read.add(Arrays.asList(message.getQueueOffset(), message.getTags(), Stage.text(message)));
        }
        return Stage.facts("status", result.getSendStatus(), "queueId", result.getMessageQueue().getQueueId(),
            "queueOffset", result.getQueueOffset(), "ids", result.getOffsetMsgId().split(",").length, "read", read);
    }

    static Object ordered(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        for (int i = 0; i < 12; i++) {
            producer.send(stage.message("step " + i), (queues, message, order) -> queues.get((Integer) order % 4), i);
        }
        Map<String, Object> queues = new TreeMap<>();
        for (int id = 0; id < 4; id++) {
            queues.put(String.valueOf(id), Stage.bodies(stage.read(stage.topic, id, 3)));
        }
        return queues;
    }

    static Object delayLevel(Stage stage) throws Exception {
        Message message = stage.message("later");
        message.setDelayTimeLevel(2);
        return delayed(stage, message, 5_000);
    }

    static Object timer(Stage stage) throws Exception {
        Message message = stage.message("later");
        MessageAccessor.putProperty(message, "TIMER_DELAY_MS", "2000");
        return delayed(stage, message, 2_000);
    }

    static Object timerTooFar(Stage stage) throws Exception {
        Message message = stage.message("never");
        MessageAccessor.putProperty(message, "TIMER_DELAY_SEC", "99999999");
        DefaultMQProducer producer = stage.producer();
        return Stage.outcome(() -> producer.send(message, stage.queue(0)).getSendStatus());
    }

    private static Object delayed(Stage stage, Message message, long delay) throws Exception {
        SendResult sent = stage.producer().send(message, stage.queue(3));
        MessageExt read = stage.read(stage.topic, 3, 1).get(0);
        return Stage.facts("status", sent.getSendStatus(), "queueId", sent.getMessageQueue().getQueueId(),
            "body", Stage.text(read), "queueOffset", read.getQueueOffset(),
            "early", read.getStoreTimestamp() < read.getBornTimestamp() + delay,
            "delayLevel", read.getProperty("DELAY"), "realTopic", read.getProperty("REAL_TOPIC"),
            "realQueue", read.getProperty("REAL_QID"));
    }

    static Object compressed(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        String body = String.join(" ", java.util.Collections.nCopies(2_000, "repetition"));
        producer.send(stage.message(body), stage.queue(0));
        MessageExt read = stage.read(stage.topic, 0, 1).get(0);
        return Stage.facts("same", Stage.text(read).equals(body), "codec", read.getSysFlag() >> 8 & 7,
            "small", read.getStoreSize() < 2_000);
    }

    static Object newTopic(Stage stage) throws Exception {
        String topic = stage.topic + "-new";
        SendResult sent = stage.producer().send(new Message(topic, Stage.bytes("hello")));
        return Stage.facts("status", sent.getSendStatus(), "queueOffset", sent.getQueueOffset(),
            "queues", Stage.await("route", () -> stage.producer().fetchPublishMessageQueues(topic)).size());
    }

    static Object tooManyProperties(Stage stage) throws Exception {
        Message message = stage.message("body");
        message.putUserProperty("long", new String(new char[33_000]).replace('\0', 'x'));
        DefaultMQProducer producer = stage.producer();
        return Stage.outcome(() -> producer.send(message, stage.queue(0)).getSendStatus());
    }

    static Object noSuchQueue(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        Object outcome = Stage.outcome(() -> producer.send(stage.message("body"), stage.queue(9)).getSendStatus());
        return ((Map<?, ?>) outcome).get("code");
    }

    private static Object described(SendResult result) {
        return Stage.facts("status", result.getSendStatus(), "queueId", result.getMessageQueue().getQueueId(),
            "queueOffset", result.getQueueOffset(), "region", result.getRegionId(),
            "offsetIdLength", result.getOffsetMsgId().length(),
            "transactionId", result.getTransactionId() == null ? null : "given");
    }
}
