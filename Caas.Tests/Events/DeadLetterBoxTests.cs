using System.Text.Json;
using Caas.Core.Events;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Events;

public sealed class DeadLetterBoxTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly SlowSink _kafka = new() { Failures = 1 };
    private readonly CorePlatform _platform;

    public DeadLetterBoxTests() => _platform = new(configure: services => services.AddSingleton<IEventSink>(_kafka));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_dead_letter_waits_for_no_Kafka_and_comes_there_when_it_is_back()
    {
        _kafka.Hold();
        await using var running = await RunningServices.StartAsync<DeadLetterPublisher>(_platform);
        await PutAsync("one");
        await _kafka.Held.WaitAsync(Bound, Cancelled);
        await PutAsync("two").WaitAsync(Bound, Cancelled);
        Assert.Empty(_kafka.Published);
        Assert.Equal(2, (await Store.ListAsync("push", 10, Cancelled)).Count);

        _kafka.Release();
        await Eventually.HoldsAsync(async () => (await Store.ListWaitingAsync(10, Cancelled)).Count == 0 ? null : "a letter waits", Cancelled);
        Assert.All(_kafka.Published, record => Assert.Equal((Topics.DeadLetters, "acme/ann"), (record.Topic, record.Key)));
        Assert.Equal(["one", "two"], _kafka.Published.Select(record => JsonDocument.Parse(record.CloudEvent).RootElement.GetProperty("data").GetProperty("recordId").GetString()));
        Assert.Equal(2, (await Store.ListAsync("push", 10, Cancelled)).Count);
    }

    [Fact]
    public async Task Without_Kafka_it_stays_in_the_store_and_waits_for_nobody()
    {
        await using var alone = new CorePlatform();
        await alone.Get<DeadLetterBox>().PutAsync(Letter("one"), Cancelled);
        Assert.Single(await alone.Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled));
        Assert.Empty(await alone.Get<IDeadLetterStore>().ListWaitingAsync(10, Cancelled));
    }

    private IDeadLetterStore Store => _platform.Get<IDeadLetterStore>();

    private static DeadLetter Letter(string id) => new("push", Topics.Notifications, "acme/ann", id, "{}", "fcm: 400", DateTimeOffset.UnixEpoch);

    private Task PutAsync(string id) => _platform.Get<DeadLetterBox>().PutAsync(Letter(id), Cancelled);
}
