import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Transactions over their full life. */
final class Transactions {
    private Transactions() {
    }

    static Object allEnds(Stage stage) throws Exception {
        Map<String, Object> checks = new ConcurrentHashMap<>();
        TransactionMQProducer producer = new TransactionMQProducer(stage.group + "-producer");
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
                return (LocalTransactionState) argument;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                String body = Stage.text(message);
                if (!body.startsWith("checked")) {
                    return LocalTransactionState.UNKNOW; // 5.x may ask once more what it has been told a moment ago
                }
                checks.put(body, Stage.facts("topic", message.getTopic(), "tags", message.getTags(),
                    "sameId", message.getTransactionId().equals(message.getProperty("UNIQ_KEY"))));
                return body.equals("checked, committed")
                    ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE;
            }
        });
        stage.started(producer);
        Map<String, Object> states = new TreeMap<>();
        states.put("committed", LocalTransactionState.COMMIT_MESSAGE);
        states.put("rolled back", LocalTransactionState.ROLLBACK_MESSAGE);
        states.put("checked, committed", LocalTransactionState.UNKNOW);
        states.put("checked, rolled back", LocalTransactionState.UNKNOW);
        for (Map.Entry<String, Object> state : states.entrySet()) {
            producer.sendMessageInTransaction(stage.message("TagA", state.getKey()), state.getValue());
        }
        Stage.await("checks", () -> checks.size() == 2 ? true : null);
        return Stage.facts("checks", new TreeMap<>(checks),
            "delivered", Pushes.consumed(stage, 2, consumer -> consumer.subscribe(stage.topic, "TagA")));
    }
}
