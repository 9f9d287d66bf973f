import com.alibaba.fastjson.JSONArray;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.PosixParser;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.srvutil.ServerUtil;
import org.apache.rocketmq.tools.command.MQAdminStartup;
import org.apache.rocketmq.tools.command.SubCommand;

/** The admin tool: what its commands print. */
final class Admin {
    static {
        MQAdminStartup.initCommand();
    }

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
        Stage.await("commits in four queues", () -> {
            var stats = stage.admin().examineConsumeStats(stage.group, stage.topic);
            return stats.getOffsetTable().size() >= 4 && stats.computeTotalDiff() == 0 ? true : null;
        });
        // A heartbeat tells it, which comes once a second and not with the first message.
        Stage.await("a producer that the broker knows", () -> {
            return stage.admin().examineProducerConnectionInfo(stage.group + "-producer", stage.topic);
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
            String output = Foreign.printed(() -> run(stage.namesrv, words));
            outputs.add(output.replace(sent.getMsgId(), "<id>").replace(sent.getOffsetMsgId(), "<offsetId>"));
        }
        return outputs;
    }

    /** Runs one command; what it prints. */
    static Object command(Stage stage) {
        List<String> words = List.of(stage.request.getString("command").split(" "));
        return Foreign.printed(() -> run(stage.namesrv, words));
    }

    /**
     * Does what the tool's {@code main} does, which would end this process where a command fails.
     *
     * <p>One at a time: the tool keeps its NameServer in a system property.
     */
    private static synchronized void run(String namesrv, List<String> words) {
        System.setProperty(MixAll.NAMESRV_ADDR_PROPERTY, namesrv);
        try {
            Method find = MQAdminStartup.class.getDeclaredMethod("findSubCommand", String.class);
            find.setAccessible(true);
            // A new one each time, as a new process has it: some keep clients.
            SubCommand command = (SubCommand) find.invoke(null, words.get(0))
                .getClass().getDeclaredConstructor().newInstance();
            Options options = command.buildCommandlineOptions(ServerUtil.buildCommandlineOptions(new Options()));
            String[] arguments = words.subList(1, words.size()).toArray(new String[0]);
            command.execute(new PosixParser().parse(options, arguments), options, null);
        } catch (Exception e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            System.out.println(cause.getClass().getSimpleName() + ": " + cause.getMessage());
        } finally {
            System.clearProperty(MixAll.NAMESRV_ADDR_PROPERTY);
        }
    }
}
