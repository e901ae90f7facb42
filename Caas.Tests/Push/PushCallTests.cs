using System.Reflection;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.Push;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>A push of a call makes a phone ring: only while the call rings for its user.</summary>
public sealed class PushCallTests : PushSenderBase
{
    [Theory]
    [InlineData("rings", 2)]
    [InlineData("declined", 1)]
    [InlineData("answered", 1)]
    [InlineData("hung up", 1)]
    [InlineData("missed", 1)]
    public async Task A_push_that_is_tried_again_rings_only_while_the_call_does(string meanwhile, int pushes)
    {
        var call = await CallAsync();
        _provider.Result = _ => new(PushOutcome.Later, "503");
        await PushAsync();
        var first = Assert.Single(_provider.Sent);
        Assert.Equal((call.Id, call.StartedAt.AddSeconds(30)), (first.Call!.Id, first.Call.Until));
        switch (meanwhile)
        {
            case "declined":
                await Get<CallService>().DeclineAsync(As("bob"), call.Id, "declined", Cancelled);
                break;
            case "answered":
                await Get<CallService>().JoinAsync(As("bob"), new("b1", "r1"), call.Id, resume: false, Cancelled);
                break;
            case "hung up":
                await Get<CallService>().LeaveAsync(As("alice"), call.Id, Cancelled);
                break;
        }

        _provider.Result = _ => PushResult.Sent;
        _clock.Advance(TimeSpan.FromSeconds(meanwhile == "missed" ? 31 : 6));
        await PushAsync();
        Assert.Equal(pushes, _provider.Sent.Count);
        Assert.All(_provider.Sent.Skip(1), push => Assert.Equal(TimeSpan.FromSeconds(24), push.LifetimeAt(_clock.GetUtcNow())));
        Assert.Empty(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task A_call_of_some_time_ago_rings_no_phone(int minutes)
    {
        await CallAsync(notify: false);
        _clock.Advance(TimeSpan.FromMinutes(minutes));
        await NotifyCallAsync();
        Assert.Equal(minutes < 5 ? 1 : 0, (await DueAsync()).Count);
        await PushAsync();
        Assert.Empty(_provider.Sent);
    }

    [Fact]
    public async Task A_call_rings_the_phone_of_who_is_connected_and_looks_at_the_conversation_elsewhere()
    {
        await Get<IPresenceDirectory>().TickAsync("r1", TimeSpan.FromMinutes(1), Cancelled);
        await Get<IPresenceDirectory>().ReportAsync("r1", [new(Acme, new("bob"), LocalPresence.Active)], Cancelled);
        await Get<IWatchDirectory>().SetAsync("r1", [new(LogId.Of(Acme, new ConversationId("a")), new("bob"), Watching: true)], Cancelled);
        await SendAsync("a", "you see this");
        await SendAsync("b", "you are told of this");
        Assert.Empty(await DueAsync());
        await CallAsync();
        await PushAsync();
        Assert.True(Assert.Single(_provider.Sent).IsCall);
    }

    /// <summary>Who rings stands in Redis alone; that a call is over, in the store.</summary>
    [Fact]
    public async Task While_nobody_knows_who_rings_what_is_not_over_on_record_does()
    {
        var call = await CallAsync();
        var job = Assert.Single(await DueAsync());
        var calls = new RingingCalls(Get<IEntryStore>(), DispatchProxy.Create<ICallDirectory, Away>(), Get<ICallRecordStore>(), Get<IOptions<CallOptions>>(), _clock);
        Assert.Equal(new(call.Id, call.StartedAt.AddSeconds(30)), await calls.FindAsync(job, Cancelled));
        await Get<CallService>().LeaveAsync(As("alice"), call.Id, Cancelled);
        Assert.Null(await calls.FindAsync(job, Cancelled));
    }

    [Fact]
    public async Task A_token_for_calls_that_is_gone_leaves_the_other_one()
    {
        await CallAsync();
        _provider.Result = _ => new(PushOutcome.Gone, "410", Voip: true);
        await PushAsync();
        Assert.Equal(new(DevicePlatform.Apns, "aa", null, null), (await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled))!.Address);
    }

    private async Task<CallState> CallAsync(bool notify = true)
    {
        var call = await Get<CallService>().StartAsync(As("alice"), new("a1", "r1"), new(ConversationId: "a"), Cancelled);
        if (notify)
        {
            await NotifyCallAsync();
        }

        return call;
    }

    private async Task NotifyCallAsync() => await NotifyAsync("a", (await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, new ConversationId("a")), Cancelled)).Seq);

    /// <summary>A Redis that is away.</summary>
    public class Away : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new StoreUnavailableException("Redis is away.");
    }
}
