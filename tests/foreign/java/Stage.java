import com.alibaba.fastjson.JSONObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What a scenario plays on: a server, a topic and a group of its own, and clients that end with it. */
final class Stage implements AutoCloseable {
    private static final AtomicInteger CLIENTS = new AtomicInteger();
    /** Longer than the minute that a queue may stay locked by a member whose renewal overtook its release. */
    private static final long PATIENCE = 80_000;

    final JSONObject request;
    final String namesrv;
    final String broker;
    final String brokerName;
    final String cluster;
    final String topic;
    final String group;
    private final Deque<Runnable> endings = new ArrayDeque<>();
    private DefaultMQProducer producer;
    private DefaultMQPullConsumer reader;
    private DefaultMQAdminExt admin;

    Stage(JSONObject request) {
        this.request = request;
        namesrv = request.getString("namesrv");
        broker = request.getString("broker");
        brokerName = request.getString("brokerName");
        cluster = request.getString("cluster");
        topic = request.getString("topic");
        group = request.getString("group");
    }

    MessageQueue queue(int number) {
        return new MessageQueue(topic, brokerName, number);
    }

    Message message(String body) {
        return new Message(topic, bytes(body));
    }

    Message message(String tag, String body) {
        return new Message(topic, tag, bytes(body));
    }

    /** The producer, one for all who ask: clients are slow to start. The reader and the admin client likewise. */
    synchronized DefaultMQProducer producer() throws Exception {
        if (producer == null) {
            producer = started(new DefaultMQProducer(group + "-producer"));
        }
        return producer;
    }

    <P extends DefaultMQProducer> P started(P producer) throws Exception {
        settle(producer);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        endings.push(producer::shutdown);
        return producer;
    }

    DefaultMQPushConsumer consumer() {
        return settled(new DefaultMQPushConsumer(group));
    }

    DefaultMQPushConsumer settled(DefaultMQPushConsumer consumer) {
        settle(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        endings.push(consumer::shutdown);
        return consumer;
    }

    DefaultLitePullConsumer litePullConsumer() {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(group);
        settle(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        endings.push(consumer::shutdown);
        return consumer;
    }

    private DefaultMQPullConsumer reader() throws Exception {
        if (reader == null) {
            reader = new DefaultMQPullConsumer(group + "-reader");
            settle(reader);
            reader.start();
            endings.push(reader::shutdown);
        }
        return reader;
    }

    DefaultMQAdminExt admin() throws Exception {
        if (admin == null) {
            admin = new DefaultMQAdminExt();
            settle(admin);
            admin.start();
            endings.push(admin::shutdown);
        }
        return admin;
    }

    /** Lets a client notice changes within a second; one per JVM and name, so each gets a name. */
    private void settle(ClientConfig client) {
        client.setNamesrvAddr(namesrv);
        client.setInstanceName("foreign-" + CLIENTS.incrementAndGet());
        client.setPollNameServerInterval(1_000);
        client.setHeartbeatBrokerInterval(1_000);
        client.setPersistConsumerOffsetInterval(500);
    }

    /** Reads a queue from its start until so many messages have come. */
    List<MessageExt> read(String fromTopic, int queueId, int count) throws Exception {
        DefaultMQPullConsumer puller = reader();
        MessageQueue queue = new MessageQueue(fromTopic, brokerName, queueId);
        List<MessageExt> read = new ArrayList<>();
        long[] offset = {0};
        await("messages in " + queue, () -> {
            PullResult result = puller.pull(queue, "*", offset[0], 32);
            if (result.getPullStatus() == PullStatus.FOUND) {
                read.addAll(result.getMsgFoundList());
                offset[0] = result.getNextBeginOffset();
            }
            return read.size() >= count ? read : null;
        });
        return read;
    }

    /** Asks until there is an answer other than null; a failure counts as none until time is up. */
    static <T> T await(String what, Callable<T> ask) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE;
        Exception last = null;
        while (System.currentTimeMillis() < end) {
            try {
                T answer = ask.call();
                if (answer != null) {
                    return answer;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("no " + what, last);
    }

    /** What a call ends with: its result, or the code and remark of the refusal. */
    static Object outcome(Callable<?> call) throws Exception {
        try {
            return call.call();
        } catch (MQBrokerException e) {
            return refusal(e);
        } catch (Exception e) {
            if (e.getCause() instanceof MQBrokerException) {
                return refusal((MQBrokerException) e.getCause());
            }
            String text = String.valueOf(e.getMessage());
            return facts("error", e.getClass().getSimpleName(), "text", text.split("\n")[0]);
        }
    }

    private static Map<String, Object> refusal(MQBrokerException refused) {
        return facts("code", refused.getResponseCode(), "remark", refused.getErrorMessage().split("\n")[0]);
    }

    static Map<String, Object> facts(Object... pairs) {
        Map<String, Object> facts = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            facts.put((String) pairs[i], pairs[i + 1]);
        }
        return facts;
    }

    static List<String> bodies(List<MessageExt> messages) {
        List<String> bodies = new ArrayList<>();
        messages.forEach(message -> bodies.add(text(message)));
        return bodies;
    }

    static <T extends Comparable<T>> List<T> sorted(Iterable<T> values) {
        List<T> sorted = new ArrayList<>();
        values.forEach(sorted::add);
        Collections.sort(sorted);
        return sorted;
    }

    static String text(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        while (!endings.isEmpty()) {
            endings.pop().run();
        }
    }
}
