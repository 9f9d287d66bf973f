package shop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Says what happens to orders; events of one order stay in sequence. */
public final class OrderEvents implements AutoCloseable {
    private static final String TOPIC = "orders";

    private final DefaultMQProducer producer = new DefaultMQProducer("shop");

    public OrderEvents(String namesrv) throws MQClientException {
        producer.setNamesrvAddr(namesrv);
        // Clients of one JVM with the same name would share a connection, and with it the NameServer of the first.
        producer.setInstanceName(UUID.randomUUID().toString());
        producer.setSendMsgTimeout(3000);
        producer.start();
    }

    /** Returns the message's id once a broker has stored the event. */
    public String placed(String orderId, long cents) throws NotStoredException {
        byte[] body = Long.toString(cents).getBytes(StandardCharsets.UTF_8);
        Message message = new Message(TOPIC, "placed", orderId, body);
        SendResult sent;
        try {
            sent = producer.send(message, OrderEvents::queueOf, orderId);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NotStoredException(orderId, interrupted);
        } catch (Exception failure) {
            throw new NotStoredException(orderId, failure);
        }
        if (sent.getSendStatus() != SendStatus.SEND_OK) {
            throw new NotStoredException(orderId, null);
        }
        return sent.getMsgId();
    }

    private static MessageQueue queueOf(List<MessageQueue> queues, Message message, Object orderId) {
        return queues.get(Math.floorMod(orderId.hashCode(), queues.size()));
    }

    @Override
    public void close() {
        producer.shutdown();
    }

    /** Nobody has confirmed that the event is stored; it may be all the same. */
    public static final class NotStoredException extends Exception {
        NotStoredException(String orderId, Throwable cause) {
            super("the event of order " + orderId + " was not confirmed", cause);
        }
    }
}
