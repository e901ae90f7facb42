using System.Collections.Concurrent;
using System.Reflection;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Whose news webhooks look at, and what it asks of the store.</summary>
public sealed class WebhookNewsTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Globex = new("globex");

    private readonly CorePlatform _platform = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly FeedSignal _signal = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private WebhookNews _news = null!;

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private IFeedStore Feed => _platform.Get<IFeedStore>();

    public ValueTask InitializeAsync()
    {
        _news = new(new(Counting<IWebhookStore>.Around(_platform.Get<IWebhookStore>(), _asked), _platform.Get<IWebhookDeliveryStore>(), Counting<IFeedStore>.Around(Feed, _asked)), _signal, _clock);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _news.Dispose();
        await _platform.DisposeAsync();
    }

    [Fact]
    public async Task What_happens_in_tenants_without_webhooks_asks_nothing_of_the_store()
    {
        Assert.Empty(await _news.ReadAsync(Cancelled));
        _asked.Clear();
        var news = _news.Next;
        for (var seq = 1; seq <= 100; seq++)
        {
            await GrowAsync(Acme, seq, EntryTypes.MessageCreated);
            Assert.Empty(await _news.ReadAsync(Cancelled));
        }

        Assert.False(news.IsCompleted);
        Assert.Empty(_asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await _news.ReadAsync(Cancelled));
        Assert.Equal([nameof(IWebhookStore.ListTenantsAsync)], _asked);
    }

    [Fact]
    public async Task Who_has_a_webhook_is_looked_after_at_once_and_each_time_that_its_history_goes_on_until_it_has_none()
    {
        Assert.Empty(await _news.ReadAsync(Cancelled));
        var news = _news.Next;
        await _platform.Get<IWebhookStore>().SaveAsync(new() { Tenant = Acme, Id = "hook", Url = "https://a.example", Events = [], Start = 0, Secret = new("s", "p"), CreatedAt = _clock.GetUtcNow(), Rev = 1 }, Cancelled);
        await GrowAsync(Acme, 1, SystemEntryTypes.WebhookCreated);
        await GrowAsync(Globex, 1, EntryTypes.MessageCreated);
        await news.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal([(Acme, 1L)], await _news.ReadAsync(Cancelled));
        _news.Followed(Acme, 1, any: true);
        Assert.Empty(await _news.ReadAsync(Cancelled));

        news = _news.Next;
        await GrowAsync(Acme, 2, EntryTypes.MessageCreated);
        await news.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal([(Acme, 2L)], await _news.ReadAsync(Cancelled));
        Assert.Equal([(Acme, 2L)], await _news.ReadAsync(Cancelled));
        _news.Followed(Acme, 2, any: false);
        news = _news.Next;
        await GrowAsync(Acme, 3, EntryTypes.MessageCreated);
        Assert.Empty(await _news.ReadAsync(Cancelled));
        Assert.False(news.IsCompleted);
    }

    [Fact]
    public async Task What_another_process_projects_is_found_by_looking()
    {
        await _platform.Get<IWebhookStore>().SaveAsync(new() { Tenant = Acme, Id = "hook", Url = "https://a.example", Events = [], Start = 0, Secret = new("s", "p"), CreatedAt = _clock.GetUtcNow(), Rev = 1 }, Cancelled);
        await Feed.AppendAsync([Header(Acme, 1, EntryTypes.MessageCreated)], 1, Cancelled);
        Assert.Equal([(Acme, 1L)], await _news.ReadAsync(Cancelled));
        _news.Followed(Acme, 1, any: true);
        await Feed.AppendAsync([Header(Acme, 2, EntryTypes.MessageCreated)], 1, Cancelled);
        Assert.Equal([(Acme, 2L)], await _news.ReadAsync(Cancelled));
    }

    private static EntryHeader Header(TenantId tenant, long seq, string type) => new(new(tenant, "room"), seq, seq, type, 0, "ann", DateTimeOffset.UnixEpoch);

    private async Task GrowAsync(TenantId tenant, long seq, string type)
    {
        var header = Header(tenant, seq, type);
        await Feed.AppendAsync([header], 1, Cancelled);
        _signal.Raise([header]);
    }
}

/// <summary>A port that writes down what it is asked.</summary>
public class Counting<T> : DispatchProxy
    where T : class
{
    private T _inner = null!;
    private ConcurrentQueue<string> _asked = null!;

    internal static T Around(T inner, ConcurrentQueue<string> asked)
    {
        var proxy = Create<T, Counting<T>>();
        var counting = (Counting<T>)(object)proxy;
        (counting._inner, counting._asked) = (inner, asked);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _asked.Enqueue(targetMethod!.Name);
        return targetMethod.Invoke(_inner, args);
    }
}
