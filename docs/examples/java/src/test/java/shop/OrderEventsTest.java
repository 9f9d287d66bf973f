package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The official client on the fake: what this project's Java code sends, its consumers get, in sequence. */
@Timeout(60)
final class OrderEventsTest {
    @RegisterExtension
    static final RmqFake FAKE = new RmqFake("orders:4");

    @Test
    void eventsOfAnOrderComeInSequence() throws Exception {
        BlockingQueue<MessageExt> received = new LinkedBlockingQueue<>();
        DefaultMQPushConsumer consumer = consumer(received);
        try (OrderEvents events = new OrderEvents(FAKE.namesrv())) {
            String id = events.placed("17", 100);
            events.placed("18", 200);
            events.placed("17", 300);

            List<MessageExt> messages = Stream.of(take(received), take(received), take(received)).toList();
            Map<String, List<String>> byOrder = messages.stream()
                    .collect(Collectors.groupingBy(MessageExt::getKeys, Collectors.mapping(
                            message -> new String(message.getBody(), StandardCharsets.UTF_8), Collectors.toList())));
            assertEquals(Map.of("17", List.of("100", "300"), "18", List.of("200")), byOrder);
            assertEquals(1, messages.stream().filter(message -> message.getMsgId().equals(id)).count());
        } finally {
            consumer.shutdown();
        }
    }

    @Test
    void whatIsNotStoredIsToldWithItsCause() throws Exception {
        try (OrderEvents events = new OrderEvents("127.0.0.1:1")) {
            OrderEvents.NotStoredException failure =
                    assertThrows(OrderEvents.NotStoredException.class, () -> events.placed("19", 100));
            assertNotNull(failure.getCause());
        }
    }

    private static DefaultMQPushConsumer consumer(BlockingQueue<MessageExt> received) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("billing");
        consumer.setNamesrvAddr(FAKE.namesrv());
        consumer.setInstanceName(UUID.randomUUID().toString());
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setHeartbeatBrokerInterval(1000);
        consumer.setPollNameServerInterval(1000);
        consumer.subscribe("orders", "placed");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            received.addAll(messages);
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        return consumer;
    }

    private static MessageExt take(BlockingQueue<MessageExt> received) throws InterruptedException {
        MessageExt message = received.poll(30, TimeUnit.SECONDS);
        assertNotNull(message, "no message in 30 s");
        return message;
    }
}
