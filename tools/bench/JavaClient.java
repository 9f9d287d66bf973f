import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * The Java client, doing on command what the other sides do, so that they can take turns.
 *
 * <p>Arguments: name server, topic, broker name, queue to send to, queue to pull from, messages in that queue, size of a
 * body. A command is a line with a kind and a number of calls; the answer is a line with seconds, seconds of processor
 * time, and the median latency in seconds (0 where calls overlap).
 */
public final class JavaClient {
    private static final int THREADS = 16;
    private static final int IN_FLIGHT = 256;
    private static final int BATCH = 32;

    private final String topic;
    private final MessageQueue sendQueue;
    private final MessageQueue pullQueue;
    private final long pullEnd;
    private final byte[] body;
    private final DefaultMQProducer producer = new DefaultMQProducer("bench");
    private final DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("bench");
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private long pullOffset;
    private long touched;

    private JavaClient(String[] arguments) throws Exception {
        topic = arguments[1];
        sendQueue = new MessageQueue(topic, arguments[2], Integer.parseInt(arguments[3]));
        pullQueue = new MessageQueue(topic, arguments[2], Integer.parseInt(arguments[4]));
        pullEnd = Long.parseLong(arguments[5]);
        body = new byte[Integer.parseInt(arguments[6])];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }
        producer.setNamesrvAddr(arguments[0]);
        producer.setRetryTimesWhenSendFailed(0);
        producer.setRetryTimesWhenSendAsyncFailed(0);
        producer.start();
        consumer.setNamesrvAddr(arguments[0]);
        consumer.start();
    }

    /** Serves commands until the input ends. */
    public static void main(String[] arguments) throws Exception {
        JavaClient client = new JavaClient(arguments);
        System.out.println("ready");
        Scanner input = new Scanner(System.in);
        while (input.hasNextLine()) {
            String[] command = input.nextLine().split(" ");
            int calls = Integer.parseInt(command[1]);
            long cpu = processorTime();
            long start = System.nanoTime();
            double p50 = client.perform(command[0], calls);
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.println(seconds + " " + (processorTime() - cpu) / 1e9 + " " + p50);
        }
        client.threads.shutdown();
        client.producer.shutdown();
        client.consumer.shutdown();
    }

    private static long processorTime() throws Exception {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private double perform(String kind, int calls) throws Exception {
        switch (kind) {
            case "sync":
                return oneByOne(calls, () -> producer.send(new Message(topic, body), sendQueue));
            case "batch":
                return oneByOne(calls, () -> producer.send(batch(), sendQueue));
            case "pull":
                return oneByOne(calls, this::pull);
            case "threads":
                return inThreads(calls);
            case "async":
                return inFlight(calls);
            default:
                throw new IllegalArgumentException(kind);
        }
    }

    private interface Call {
        void make() throws Exception;
    }

    private static double oneByOne(int calls, Call call) throws Exception {
        long[] latencies = new long[calls];
        for (int i = 0; i < calls; i++) {
            long before = System.nanoTime();
            call.make();
            latencies[i] = System.nanoTime() - before;
        }
        Arrays.sort(latencies);
        return latencies[calls / 2] / 1e9;
    }

    private List<Message> batch() {
        List<Message> messages = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            messages.add(new Message(topic, body));
        }
        return messages;
    }

    private void pull() throws Exception {
        PullResult result = consumer.pull(pullQueue, "*", pullOffset, BATCH);
        for (MessageExt message : result.getMsgFoundList()) {
            touched += message.getBody().length + message.getProperties().size();
        }
        pullOffset = result.getNextBeginOffset() < pullEnd ? result.getNextBeginOffset() : 0;
    }

    private double inThreads(int calls) throws Exception {
        CountDownLatch done = new CountDownLatch(THREADS);
        AtomicInteger left = new AtomicInteger(calls);
        AtomicReference<Exception> failure = new AtomicReference<>();
        for (int thread = 0; thread < THREADS; thread++) {
            threads.execute(() -> {
                try {
                    while (left.getAndDecrement() > 0) {
                        producer.send(new Message(topic, body), sendQueue);
                    }
                } catch (Exception error) {
                    failure.set(error);
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
        if (failure.get() != null) {
            throw failure.get();
        }
        return 0;
    }

    private double inFlight(int calls) throws Exception {
        Semaphore free = new Semaphore(IN_FLIGHT);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                free.release();
            }

            @Override
            public void onException(Throwable error) {
                failure.set(error);
                free.release();
            }
        };
        for (int i = 0; i < calls; i++) {
            free.acquire();
            producer.send(new Message(topic, body), sendQueue, callback);
        }
        free.acquire(IN_FLIGHT);
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        return 0;
    }
}
