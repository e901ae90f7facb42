using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Caas.Adapters.Kafka;
using Caas.Core;
using Caas.Core.Events;
using Caas.Tests.Entries;
using Caas.Tests.Events;
using Caas.Tests.Sqlite.Feed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Feed;

public sealed class FeedSettingsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Caas:Feed:LeaseDuration", "00:00:00")]
    [InlineData("Caas:Feed:BatchSize", "0")]
    [InlineData("Caas:Feed:RescanMargin", "-00:10:00")]
    [InlineData("Caas:Feed:PublishedTenants", "100000")]
    [InlineData("Caas:Events:Attempts", "0")]
    [InlineData("Caas:Events:Window", "-1")]
    [InlineData("Caas:Events:MaxBackoff", "2.00:00:00")]
    [InlineData("Caas:Kafka:Partitions", "0")]
    [InlineData("Caas:Kafka:ReplicationFactor", "99")]
    public void A_bad_value_keeps_the_host_from_starting_and_is_named(string key, string value)
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build())
            .AddFeed()
            .AddKafkaBus("localhost:1")
            .BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(key[(key.LastIndexOf(':') + 1)..], refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_Kafka_the_bus_is_over_the_feed_and_with_it_over_Kafka_in_whatever_order_they_are_added()
    {
        Assert.Equal(typeof(FeedEventBus), BusOf(services => services.AddFeed()));
        Assert.Equal(typeof(KafkaEventBus), BusOf(services => services.AddFeed().AddKafkaBus("localhost:1")));
        Assert.Equal(typeof(KafkaEventBus), BusOf(services => services.AddKafkaBus("localhost:1").AddFeed()));
    }

    [Fact]
    public async Task Projector_and_consumers_tell_what_they_do()
    {
        var measured = new ConcurrentDictionary<string, double>();
        using var listening = new MeterListener();
        listening.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Caas.Feed")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listening.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listening.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listening.Start();

        await using var world = new FeedWorld(new SqliteFeedStorage());
        var node = await world.StartProjectorAsync();
        await using var listener = new Listener(node.Services.GetRequiredService<IEventBus>(), "g", (heard, _) => heard.Text == "bad" ? throw new InvalidOperationException("no") : Task.CompletedTask);
        await world.SayAsync(Drafts.Log("c"), "ann", "good", "bad");

        // Other tests' projectors and consumers count too: at least, and a dead letter may be theirs.
        await Eventually.HoldsAsync(
            () => measured.GetValueOrDefault("caas.events.dead_letters") >= 1 && measured.GetValueOrDefault("caas.feed.appended") >= 3 && measured.GetValueOrDefault("caas.events.handled") >= 1 && measured.GetValueOrDefault("caas.events.retries") >= 3,
            "not everything was counted",
            Cancelled);
        Assert.True(measured.ContainsKey("caas.feed.delay"));
        listening.RecordObservableInstruments();
        Assert.Superset(new HashSet<string> { "caas.feed.projector.pending", "caas.feed.projector.lag", "caas.feed.publisher.pending", "caas.feed.publisher.lag" }, measured.Keys.ToHashSet());
    }

    private static Type? BusOf(Func<IServiceCollection, IServiceCollection> add) => add(new ServiceCollection()).Last(service => service.ServiceType == typeof(IEventBus)).ImplementationType;
}
