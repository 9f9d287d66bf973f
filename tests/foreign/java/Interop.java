import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;

/** Messages of every kind, for another client to read, and read from another client. */
final class Interop {
    private Interop() {
    }

    /** Sends a message of every kind to queue 0. */
    static Object produce(Stage stage) throws Exception {
        DefaultMQProducer producer = stage.producer();
        Message whole = new Message(stage.topic, "TagA", "key1 key2", Stage.bytes("every property"));
        whole.setFlag(7);
        whole.setWaitStoreMsgOK(false);
        whole.setBuyerId("buyer");
        whole.setInstanceId("instance");
        whole.putUserProperty("colour", "grün, 绿");
        producer.send(whole, stage.queue(0));
        producer.send(stage.message(longText()), stage.queue(0));
        for (String type : stage.request.getJSONArray("codecs").toJavaList(String.class)) {
            DefaultMQProducer compressing = new DefaultMQProducer(stage.group + "-" + type);
            // Only 5.x has other codecs than zlib; its enumeration is not there to compile against 4.9.
            for (var method : DefaultMQProducer.class.getMethods()) {
                if (method.getName().equals("setCompressType")) {
                    Class<?> types = method.getParameterTypes()[0];
                    method.invoke(compressing, types.getMethod("valueOf", String.class).invoke(null, type));
                }
            }
            stage.started(compressing).send(stage.message(type, longText()), stage.queue(0));
        }
        producer.send(Arrays.asList(stage.message("TagB", "first of a batch"), stage.message("second of a batch")),
            stage.queue(0));
        Message delayed = stage.message("delayed");
        delayed.setDelayTimeLevel(1);
        producer.send(delayed, stage.queue(0));
        return whole.getProperty("UNIQ_KEY");
    }

    /** Sends a batch to a queue that keeps batches whole. */
    static Object produceBatch(Stage stage) throws Exception {
        List<Message> batch = new ArrayList<>();
        for (String body : List.of("one", "two", "three")) {
            batch.add(new Message(stage.topic, "Tag-" + body, body, Stage.bytes(body)));
        }
        return Stage.await("a send", () -> stage.producer().send(batch, stage.queue(0)).getMsgId());
    }

    /** Reads one message as its record is: hosts included. */
    static Object readHosts(Stage stage) throws Exception {
        MessageExt message = stage.read(stage.topic, 0, 1).get(0);
        return Stage.facts("body", Stage.text(message), "bornHost", message.getBornHostString(),
            "isV6", (message.getSysFlag() & MessageSysFlag.BORNHOST_V6_FLAG) != 0);
    }

    /** Reads so many messages, in the order of their offsets. */
    static Object read(Stage stage) throws Exception {
        int count = stage.request.getIntValue("count");
        TreeMap<Long, Object> read = new TreeMap<>();
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            synchronized (read) {
                messages.forEach(message -> read.put(message.getQueueOffset(), Stage.facts("body", Stage.text(message),
                    "flag", message.getFlag(), "properties", new TreeMap<>(message.getProperties()))));
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return Stage.await("messages", () -> {
            synchronized (read) {
                return read.size() >= count ? new ArrayList<>(read.values()) : null;
            }
        });
    }

    private static String longText() {
        return String.join(" ", Collections.nCopies(2_000, "repetition"));
    }
}
