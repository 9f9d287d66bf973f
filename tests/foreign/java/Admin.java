import com.alibaba.fastjson.JSONArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/** The admin tool: what its commands print. */
final class Admin {
    private Admin() {
    }

    /** Runs the commands of the request, one after the other, on a topic with a message and a group that has read it. */
    static Object commands(Stage stage) throws Exception {
        Message message = new Message(stage.topic, "TagA", "key-of-" + stage.group, Stage.bytes("asked for"));
        SendResult sent = stage.producer().send(message, stage.queue(0));
        List<String> consumed = new ArrayList<>();
        DefaultMQPushConsumer consumer = stage.consumer();
        consumer.subscribe(stage.topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            consumed.addAll(Stage.bodies(messages));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Stage.await("commits in four queues and the retry queue", () -> {
            var stats = stage.admin().examineConsumeStats(stage.group);
            return stats.getOffsetTable().size() >= 5 && stats.computeTotalDiff() == 0 ? true : null;
        });
        List<Object> outputs = new ArrayList<>();
        for (Object command : (JSONArray) stage.request.get("commands")) {
            List<String> words = new ArrayList<>();
            for (String word : command.toString().split(" ")) {
                words.add(word.replace("{topic}", stage.topic).replace("{group}", stage.group)
                    .replace("{broker}", stage.broker).replace("{brokerName}", stage.brokerName)
                    .replace("{cluster}", stage.cluster).replace("{id}", sent.getMsgId())
                    .replace("{offsetId}", sent.getOffsetMsgId()).replace("{client}", consumer.buildMQClientId()));
            }
            words.addAll(Arrays.asList("-n", stage.namesrv));
            outputs.add(run(words).replace(sent.getMsgId(), "<id>").replace(sent.getOffsetMsgId(), "<offsetId>"));
        }
        return outputs;
    }

    /** One at a time: the tool keeps its NameServer in a system property. */
    private static synchronized String run(List<String> words) {
        return Foreign.printed(() -> MQAdminStartup.main0(words.toArray(new String[0]), null));
    }
}
