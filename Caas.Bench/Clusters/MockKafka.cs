using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Caas.Bench.Clusters;

/// <summary>A Kafka cluster of three brokers in this process: librdkafka's own mock. Topics appear on first use, with four partitions.</summary>
internal sealed class MockKafka : IDisposable
{
    public const int Brokers = 3;

    private readonly IProducer<Null, Null> _owner;
    private readonly nint _cluster;

    static MockKafka() => NativeLibrary.SetDllImportResolver(typeof(MockKafka).Assembly, Resolve);

    public MockKafka()
    {
        var config = new ProducerConfig { BootstrapServers = "mock:1" };
        config.Set("test.mock.num.brokers", Brokers.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _owner = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        _cluster = rd_kafka_handle_mock_cluster(NativeHandleOf(_owner.Handle));
        rd_kafka_mock_group_initial_rebalance_delay_ms(_cluster, 100);
        BootstrapServers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    public string BootstrapServers { get; }

    /// <summary>All brokers stop answering and drop their connections.</summary>
    public void SetDown() => ForEachBroker(broker => rd_kafka_mock_broker_set_down(_cluster, broker));

    public void SetUp() => ForEachBroker(broker => rd_kafka_mock_broker_set_up(_cluster, broker));

    /// <summary>The next produce requests are answered with this error, one each.</summary>
    public void FailNextProduce(int errorCode, int times)
    {
        const short Produce = 0;
        rd_kafka_mock_push_request_errors_array(_cluster, Produce, (nuint)times, [.. Enumerable.Repeat(errorCode, times)]);
    }

    public void Dispose() => _owner.Dispose();

    private static void ForEachBroker(Func<int, int> act)
    {
        for (var broker = 1; broker <= Brokers; broker++)
        {
            if (act(broker) is var code and not 0)
            {
                throw new InvalidOperationException($"Broker {broker}: error {code}.");
            }
        }
    }

    // The driver's own handle is not public.
    private static nint NativeHandleOf(Handle handle)
    {
        var inner = typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(handle)!;
        return ((SafeHandle)inner).DangerousGetHandle();
    }

    // As the driver does: the first of its builds that this system can load is the one in use.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "librdkafka")
        {
            return 0;
        }

        foreach (var candidate in (string[])["librdkafka", "alpine-librdkafka", "centos8-librdkafka", "centos7-librdkafka"])
        {
            if (NativeLibrary.TryLoad(candidate, typeof(ProducerConfig).Assembly, null, out var library))
            {
                return library;
            }
        }

        return 0;
    }

#pragma warning disable IDE1006, SYSLIB1054 // The library's own names; nothing here needs generated marshalling.
    [DllImport("librdkafka")]
    private static extern nint rd_kafka_handle_mock_cluster(nint client);

    [DllImport("librdkafka")]
    private static extern nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [DllImport("librdkafka")]
    private static extern void rd_kafka_mock_group_initial_rebalance_delay_ms(nint cluster, int delay);

    [DllImport("librdkafka")]
    private static extern int rd_kafka_mock_broker_set_down(nint cluster, int broker);

    [DllImport("librdkafka")]
    private static extern int rd_kafka_mock_broker_set_up(nint cluster, int broker);

    [DllImport("librdkafka")]
    private static extern void rd_kafka_mock_push_request_errors_array(nint cluster, short apiKey, nuint count, int[] errors);
#pragma warning restore IDE1006, SYSLIB1054
}
