import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;

/** Requests and their replies. */
final class Requests {
    private Requests() {
    }

    static Object replies(Stage stage) throws Exception {
        DefaultMQProducer replier = stage.producer();
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            try {
                for (Message question : messages) {
                    replier.send(MessageUtil.createReplyMessage(question, Stage.bytes("re: " + Stage.text(question))));
                }
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            } catch (Exception e) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        consumer.start();
        DefaultMQProducer requester = stage.started(new DefaultMQProducer(stage.group + "-requester"));
        List<Object> replies = new ArrayList<>();
        replies.add(Stage.text(requester.request(stage.message("question"), 40_000)));
        CompletableFuture<String> later = new CompletableFuture<>();
        requester.request(stage.message("another"), new RequestCallback() {
            @Override
            public void onSuccess(Message reply) {
                later.complete(Stage.text(reply));
            }

            @Override
            public void onException(Throwable thrown) {
                later.completeExceptionally(thrown);
            }
        }, 40_000);
        replies.add(later.get(40, TimeUnit.SECONDS));
        return replies;
    }

    static Object nobodyReplies(Stage stage) throws Exception {
        DefaultMQProducer requester = stage.producer();
        try {
            return Stage.text(requester.request(stage.message("question"), 3_000));
        } catch (RequestTimeoutException e) {
            return "timeout";
        }
    }
}
