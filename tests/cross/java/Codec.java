import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import com.alibaba.fastjson.serializer.SerializerFeature;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.trace.TraceContext;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.compression.Compressor;
import org.apache.rocketmq.common.compression.CompressorFactory;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageId;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.CommandCustomHeader;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
import org.apache.rocketmq.remoting.protocol.SerializeType;

/**
 * Puts the codecs of the Java client at the disposal of another process.
 *
 * <p>Reads a JSON object a line, {@code {"call": NUMBER, "operation": NAME, ...}}, and answers each with a line,
 * {@code {"call": NUMBER, "result": ...}} or {@code {"call": NUMBER, "error": TEXT}}. An operation is a method below
 * {@code main}; bytes travel as hexadecimal text. Compiles against 4.9 and 5.x: classes that have moved between them
 * are found by their simple name.
 */
public final class Codec {
    private static final Map<String, List<String>> CLASSES = new HashMap<>();

    private Codec() {
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err); // what libraries print must not come between the answers
        indexClasses();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            answers.println(JSON.toJSONString(answer(line),
                SerializerFeature.WriteMapNullValue, SerializerFeature.DisableCircularReferenceDetect));
        }
    }

    private static Map<String, Object> answer(String line) {
        Map<String, Object> answer = new HashMap<>();
        try {
            JSONObject request = JSON.parseObject(line);
            answer.put("call", request.get("call"));
            Method operation = Codec.class.getDeclaredMethod(request.getString("operation"), JSONObject.class);
            answer.put("result", operation.invoke(null, request));
        } catch (Exception e) {
            Throwable cause = e;
            while (cause instanceof InvocationTargetException) {
                cause = cause.getCause(); // what an operation calls by reflection has thrown it
            }
            answer.put("error", cause.toString());
        }
        return answer;
    }

    // Commands.

    static Object describeCommand(JSONObject in) throws Exception {
        RemotingCommand command = decode(in.getString("frame"));
        Map<String, Object> out = new HashMap<>();
        out.put("code", command.getCode());
        out.put("language", command.getLanguage().name());
        out.put("version", command.getVersion());
        out.put("opaque", command.getOpaque());
        out.put("flag", command.getFlag());
        out.put("remark", command.getRemark());
        out.put("fields", command.getExtFields());
        out.put("body", hex(command.getBody()));
        out.put("serializeType", command.getSerializeTypeCurrentRPC().name());
        out.put("isResponse", command.isResponseType());
        out.put("isOneway", command.isOnewayRPC());
        return out;
    }

    static Object makeCommand(JSONObject in) {
        RemotingCommand command = RemotingCommand.createRequestCommand(in.getIntValue("code"), null);
        command.setLanguage(LanguageCode.valueOf(in.getString("language")));
        command.setVersion(in.getIntValue("version"));
        command.setOpaque(in.getIntValue("opaque"));
        command.setFlag(in.getIntValue("flag"));
        command.setRemark(in.getString("remark"));
        command.setBody(bytes(in.getString("body")));
        command.setSerializeTypeCurrentRPC(SerializeType.valueOf(in.getString("serializeType")));
        for (Map.Entry<String, String> field : texts(in.getJSONObject("fields")).entrySet()) {
            command.addExtField(field.getKey(), field.getValue());
        }
        return hex(command.encode());
    }

    /** Read a command's fields into their typed header, and write the header into a new command as Java sends it. */
    static Object echoHeader(JSONObject in) throws Exception {
        RemotingCommand received = decode(in.getString("frame"));
        Class<? extends CommandCustomHeader> type = find(in.getString("class")).asSubclass(CommandCustomHeader.class);
        CommandCustomHeader header = received.decodeCommandCustomHeader(type);
        RemotingCommand command = RemotingCommand.createRequestCommand(received.getCode(), header);
        command.setOpaque(received.getOpaque());
        command.setFlag(received.getFlag());
        command.setSerializeTypeCurrentRPC(received.getSerializeTypeCurrentRPC());
        ByteBuf buffer = Unpooled.buffer();
        command.fastEncodeHeader(buffer);
        return hex(buffer.nioBuffer());
    }

    /** Tell the wire name, type and necessity of each field of a header. */
    static Object fields(JSONObject in) throws Exception {
        List<Object> out = new ArrayList<>();
        for (Class<?> type = find(in.getString("class")); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.isSynthetic()) {
                    continue;
                }
                Map<String, Object> row = new HashMap<>();
                row.put("name", field.getName());
                row.put("type", field.getType().getSimpleName());
                row.put("required", has(field, "CFNotNull"));
                out.add(row);
            }
        }
        return out;
    }

    static Object sign(JSONObject in) throws Exception {
        RemotingCommand command = decode(in.getString("frame"));
        SessionCredentials credentials = new SessionCredentials(in.getString("accessKey"), in.getString("secretKey"));
        if (in.getString("securityToken") != null) {
            credentials.setSecurityToken(in.getString("securityToken"));
        }
        new AclClientRPCHook(credentials).doBeforeRequest("127.0.0.1:10911", command);
        return command.getExtFields();
    }

    // Bodies.

    /** Read a body into its class and write it again. */
    static Object echoBody(JSONObject in) throws Exception {
        return hex(RemotingSerializable.encode(
            RemotingSerializable.decode(bytes(in.getString("body")), find(in.getString("class")))));
    }

    /** Tell the names that a body's members can have on the wire. */
    static Object members(JSONObject in) throws Exception {
        Set<String> out = new TreeSet<>();
        for (Class<?> type = find(in.getString("class")); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    out.add(wireName(field));
                }
            }
            for (Method method : type.getDeclaredMethods()) {
                if (method.getName().startsWith("set") && method.getParameterCount() == 1) {
                    out.add(Character.toLowerCase(method.getName().charAt(3)) + method.getName().substring(4));
                }
            }
        }
        return out;
    }

    static Object constants(JSONObject in) throws Exception {
        Map<String, Object> out = new TreeMap<>();
        for (Field field : find(in.getString("class")).getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && (field.getType() == int.class || field.getType() == String.class)) {
                out.put(field.getName(), field.get(null));
            }
        }
        return out;
    }

    static Object languages(JSONObject in) {
        Map<String, Object> out = new TreeMap<>();
        for (LanguageCode language : LanguageCode.values()) {
            out.put(language.name(), language.getCode());
        }
        return out;
    }

    /** Tell the names of all versions, by their number. */
    static Object versions(JSONObject in) {
        return MQVersion.Version.values();
    }

    // Messages.

    static Object encodeMessage(JSONObject in) throws Exception {
        MessageExt message = new MessageExt();
        byte[] body = bytes(in.getString("body"));
        message.setTopic(in.getString("topic"));
        message.setBody(body);
        message.setBodyCRC(UtilAll.crc32(body));
        message.setQueueId(in.getIntValue("queueId"));
        message.setFlag(in.getIntValue("flag"));
        message.setQueueOffset(in.getLongValue("queueOffset"));
        message.setCommitLogOffset(in.getLongValue("commitLogOffset"));
        message.setSysFlag(in.getIntValue("sysFlag"));
        message.setBornTimestamp(in.getLongValue("bornTimestamp"));
        message.setBornHost(address(in.getJSONArray("bornHost")));
        message.setStoreTimestamp(in.getLongValue("storeTimestamp"));
        message.setStoreHost(address(in.getJSONArray("storeHost")));
        message.setReconsumeTimes(in.getIntValue("reconsumeTimes"));
        message.setPreparedTransactionOffset(in.getLongValue("preparedTransactionOffset"));
        MessageAccessor.setProperties(message, texts(in.getJSONObject("properties")));
        return hex(MessageDecoder.encode(message, false));
    }

    static Object decodeMessages(JSONObject in) throws Exception {
        return described(MessageDecoder.decodes(ByteBuffer.wrap(bytes(in.getString("data")))));
    }

    /** Take an inner batch apart, as 5.x clients do. */
    static Object decodeInnerBatch(JSONObject in) throws Exception {
        List<MessageExt> messages = new ArrayList<>();
        MessageExt batch = MessageDecoder.decodes(ByteBuffer.wrap(bytes(in.getString("data")))).get(0);
        MessageDecoder.class.getMethod("decodeMessage", MessageExt.class, List.class).invoke(null, batch, messages);
        return described(messages);
    }

    static Object encodeBatch(JSONObject in) {
        List<Message> messages = new ArrayList<>();
        for (Object item : in.getJSONArray("records")) {
            JSONObject record = (JSONObject) item;
            Message message = new Message("topic", bytes(record.getString("body")));
            message.setFlag(record.getIntValue("flag"));
            MessageAccessor.setProperties(message, texts(record.getJSONObject("properties")));
            messages.add(message);
        }
        return hex(MessageDecoder.encodeMessages(messages));
    }

    static Object decodeBatch(JSONObject in) throws Exception {
        List<Object> out = new ArrayList<>();
        for (Message message : MessageDecoder.decodeMessages(ByteBuffer.wrap(bytes(in.getString("data"))))) {
            Map<String, Object> record = new HashMap<>();
            record.put("body", hex(message.getBody()));
            record.put("flag", message.getFlag());
            record.put("properties", message.getProperties());
            out.add(record);
        }
        return out;
    }

    static Object encodeProperties(JSONObject in) {
        return MessageDecoder.messageProperties2String(texts(in.getJSONObject("properties")));
    }

    static Object decodeProperties(JSONObject in) {
        return MessageDecoder.string2messageProperties(in.getString("text"));
    }

    static Object compress(JSONObject in) throws Exception {
        return hex(compressor(in).compress(bytes(in.getString("data")), in.getIntValue("level")));
    }

    static Object decompress(JSONObject in) throws Exception {
        return hex(compressor(in).decompress(bytes(in.getString("data"))));
    }

    // Ids and handles.

    static Object createUniqueId(JSONObject in) {
        return MessageClientIDSetter.createUniqID();
    }

    static Object describeUniqueId(JSONObject in) {
        String id = in.getString("id");
        Map<String, Object> out = new HashMap<>();
        out.put("address", MessageClientIDSetter.getIPStrFromID(id));
        out.put("pid", MessageClientIDSetter.getPidFromID(id));
        out.put("time", MessageClientIDSetter.getNearlyTimeFromID(id).getTime());
        return out;
    }

    static Object createOffsetId(JSONObject in) throws Exception {
        return MessageDecoder.createMessageId(address(in.getJSONArray("host")), in.getLongValue("offset"));
    }

    static Object describeOffsetId(JSONObject in) throws Exception {
        MessageId id = MessageDecoder.decodeMessageId(in.getString("id"));
        Map<String, Object> out = new HashMap<>();
        out.put("host", host(id.getAddress()));
        out.put("offset", id.getOffset());
        return out;
    }

    static Object makeReceiptHandle(JSONObject in) throws Exception {
        return find("ExtraInfoUtil").getMethod("buildExtraInfo", long.class, long.class, long.class, int.class,
            String.class, String.class, int.class, long.class).invoke(null,
            in.getLongValue("startOffset"), in.getLongValue("popTime"), in.getLongValue("invisibleTime"),
            in.getIntValue("reviveQueueId"), in.getString("topic"), in.getString("brokerName"),
            in.getIntValue("queueId"), in.getLongValue("queueOffset"));
    }

    static Object describeReceiptHandle(JSONObject in) throws Exception {
        Class<?> util = find("ExtraInfoUtil");
        String handle = in.getString("handle");
        Object items = util.getMethod("split", String.class).invoke(null, handle);
        List<Object> out = new ArrayList<>();
        for (String name : Arrays.asList("CkQueueOffset", "PopTime", "InvisibleTime", "ReviveQid", "Retry",
            "BrokerName", "QueueId", "QueueOffset")) {
            out.add(util.getMethod("get" + name, String[].class).invoke(null, items));
        }
        out.add(util.getMethod("getRealTopic", String[].class, String.class, String.class)
            .invoke(null, items, in.getString("topic"), in.getString("group")));
        return out;
    }

    /** Build what the answer to a pop tells of its messages. */
    static Object describePop(JSONObject in) throws Exception {
        Class<?> util = find("ExtraInfoUtil");
        StringBuilder starts = new StringBuilder();
        StringBuilder offsets = new StringBuilder();
        for (Object item : in.getJSONArray("queues")) {
            JSONObject queue = (JSONObject) item;
            String topic = queue.getString("topic");
            int queueId = queue.getIntValue("queueId");
            util.getMethod("buildStartOffsetInfo", StringBuilder.class, String.class, int.class, long.class)
                .invoke(null, starts, topic, queueId, queue.getLongValue("startOffset"));
            util.getMethod("buildMsgOffsetInfo", StringBuilder.class, String.class, int.class, List.class)
                .invoke(null, offsets, topic, queueId, queue.getJSONArray("offsets").toJavaList(Long.class));
        }
        return Arrays.asList(starts.toString(), offsets.toString());
    }

    static Object makeRecallHandle(JSONObject in) throws Exception {
        return find("RecallMessageHandle$HandleV1")
            .getMethod("buildHandle", String.class, String.class, String.class, String.class)
            .invoke(null, in.getString("topic"), in.getString("brokerName"), in.getString("timestamp"),
                in.getString("uniqueId"));
    }

    static Object describeRecallHandle(JSONObject in) throws Exception {
        return JSON.toJSON(find("RecallMessageHandle").getMethod("decodeHandle", String.class)
            .invoke(null, in.getString("handle")));
    }

    // Traces.

    static Object encodeTrace(JSONObject in) {
        StringBuilder text = new StringBuilder();
        for (Object context : in.getJSONArray("contexts")) {
            TraceContext bean = ((JSONObject) context).toJavaObject(TraceContext.class);
            text.append(TraceDataEncoder.encoderFromContextBean(bean).getTransData());
        }
        return text.toString();
    }

    static Object decodeTrace(JSONObject in) {
        return JSON.toJSON(TraceDataEncoder.decoderFromTraceDataString(in.getString("text")));
    }

    // Names and expressions.

    static Object describeSubscription(JSONObject in) throws Exception {
        Object data = find("FilterAPI").getMethod("buildSubscriptionData", String.class, String.class)
            .invoke(null, in.getString("topic"), in.getString("expression"));
        return JSON.toJSON(data);
    }

    static Object derivedNames(JSONObject in) throws Exception {
        String name = in.getString("name");
        String namespace = in.getString("namespace");
        Class<?> namespaces = find("NamespaceUtil");
        Map<String, Object> out = new HashMap<>();
        out.put("retry", MixAll.getRetryTopic(name));
        out.put("deadLetter", MixAll.getDLQTopic(name));
        out.put("reply", MixAll.getReplyTopic(name));
        out.put("wrapped", namespaces.getMethod("wrapNamespace", String.class, String.class)
            .invoke(null, namespace, name));
        out.put("unwrapped", namespaces.getMethod("withoutNamespace", String.class, String.class)
            .invoke(null, name, namespace));
        out.put("isSystemTopic", TopicValidator.isSystemTopic(name));
        out.put("isSystemGroup", MixAll.isSysConsumerGroup(name));
        out.put("isLegal", !TopicValidator.isTopicOrGroupIllegal(name));
        return out;
    }

    static Object popRetryTopics(JSONObject in) throws Exception {
        Class<?> builder = find("KeyBuilder");
        List<Object> out = new ArrayList<>();
        for (String version : Arrays.asList("V1", "V2")) {
            out.add(builder.getMethod("buildPopRetryTopic" + version, String.class, String.class)
                .invoke(null, in.getString("topic"), in.getString("group")));
        }
        return out;
    }

    static Object loadSettings(JSONObject in) throws Exception {
        Properties settings = new Properties();
        settings.load(new StringReader(in.getString("text")));
        return settings;
    }

    static Object storeSettings(JSONObject in) throws Exception {
        Properties settings = new Properties();
        settings.putAll(texts(in.getJSONObject("settings")));
        StringWriter text = new StringWriter();
        settings.store(text, null);
        return text.toString();
    }

    // What the operations share.

    private static RemotingCommand decode(String frame) throws Exception {
        byte[] data = bytes(frame);
        return RemotingCommand.decode(Arrays.copyOfRange(data, 4, data.length)); // without its length field
    }

    private static List<Object> described(List<MessageExt> messages) throws Exception {
        List<Object> out = new ArrayList<>();
        for (MessageExt message : messages) {
            Map<String, Object> row = new HashMap<>();
            row.put("topic", message.getTopic());
            row.put("body", hex(message.getBody()));
            row.put("properties", message.getProperties());
            row.put("queueId", message.getQueueId());
            row.put("flag", message.getFlag());
            row.put("queueOffset", message.getQueueOffset());
            row.put("commitLogOffset", message.getCommitLogOffset());
            row.put("sysFlag", message.getSysFlag());
            row.put("bornTimestamp", message.getBornTimestamp());
            row.put("bornHost", host(message.getBornHost()));
            row.put("storeTimestamp", message.getStoreTimestamp());
            row.put("storeHost", host(message.getStoreHost()));
            row.put("reconsumeTimes", message.getReconsumeTimes());
            row.put("preparedTransactionOffset", message.getPreparedTransactionOffset());
            row.put("bodyCrc", message.getBodyCRC());
            row.put("storeSize", message.getStoreSize());
            row.put("msgId", message.getMsgId());
            row.put("offsetMsgId", ((MessageClientExt) message).getOffsetMsgId());
            out.add(row);
        }
        return out;
    }

    private static Compressor compressor(JSONObject in) {
        return CompressorFactory.getCompressor(CompressionType.valueOf(in.getString("type")));
    }

    private static SocketAddress address(JSONArray host) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(host.getString(0)), host.getIntValue(1));
    }

    private static List<Object> host(SocketAddress address) {
        InetSocketAddress host = (InetSocketAddress) address;
        return Arrays.<Object>asList(host.getAddress().getHostAddress(), host.getPort());
    }

    private static Map<String, String> texts(JSONObject object) {
        Map<String, String> out = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : object.entrySet()) {
            out.put(entry.getKey(), (String) entry.getValue());
        }
        return out;
    }

    private static boolean has(Field field, String annotation) {
        return annotation(field, annotation) != null;
    }

    private static String wireName(Field field) throws Exception {
        Annotation annotation = annotation(field, "JSONField");
        String name = annotation == null ? "" : (String) annotation.annotationType().getMethod("name").invoke(annotation);
        return name.isEmpty() ? field.getName() : name;
    }

    /** Find an annotation by its simple name, because its package differs between versions. */
    private static Annotation annotation(Field field, String simpleName) {
        for (Annotation each : field.getAnnotations()) {
            if (each.annotationType().getSimpleName().equals(simpleName)) {
                return each;
            }
        }
        return null;
    }

    private static void indexClasses() throws Exception {
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(path).getName().matches("rocketmq-(broker|common|remoting|store)-.*\\.jar")) {
                continue;
            }
            try (JarFile jar = new JarFile(path)) {
                for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements();) {
                    String entry = entries.nextElement().getName();
                    if (entry.endsWith(".class")) {
                        String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
                        String simple = name.substring(name.lastIndexOf('.') + 1);
                        index(simple, name);
                        if (simple.indexOf('$') > 0) {
                            index(simple.substring(simple.lastIndexOf('$') + 1), name);
                        }
                    }
                }
            }
        }
    }

    private static void index(String simpleName, String name) {
        CLASSES.computeIfAbsent(simpleName, key -> new ArrayList<>()).add(name);
    }

    /** Find a class by its simple name, that of an inner class with or without its outer one. */
    private static Class<?> find(String simpleName) throws ClassNotFoundException {
        List<String> names = CLASSES.get(simpleName);
        if (names == null || names.size() != 1) {
            throw new ClassNotFoundException(simpleName + " is " + (names == null ? "unknown" : names.toString()));
        }
        return Class.forName(names.get(0));
    }

    private static byte[] bytes(String hex) {
        byte[] data = new byte[hex.length() / 2];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return data;
    }

    private static String hex(ByteBuffer buffer) {
        byte[] data = new byte[buffer.remaining()];
        buffer.get(data);
        return hex(data);
    }

    private static String hex(byte[] data) {
        if (data == null) {
            return ""; // Java's form of an empty body
        }
        StringBuilder text = new StringBuilder(2 * data.length);
        for (byte each : data) {
            text.append(Character.forDigit(each >> 4 & 15, 16)).append(Character.forDigit(each & 15, 16));
        }
        return text.toString();
    }
}
