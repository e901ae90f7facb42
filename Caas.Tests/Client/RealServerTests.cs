using Caas.Client;
using Caas.Contracts;
using Caas.Core.Tokens;
using Caas.Realtime.Protocols;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The client against replicas as they are. Processes that are killed: <see cref="Hosts.SeparateServicesTests"/>.</summary>
public sealed class RealServerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_users_on_two_replicas_see_what_each_does_in_order(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        await replicas.PromoteAsync("alice");
        await using var alice = replicas.Connection("alice", 0, options => messagePack ? options with { ConfigureHub = hub => hub.Services.RemoveAll<IHubProtocol>().AddSingleton<IHubProtocol>(HubProtocols.MessagePack()) } : options);
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        await using var hers = await alice.JoinAsync("room", 0, Cancelled).Soon();
        await using var his = await bob.JoinAsync("room", 0, Cancelled).Soon();

        var sent = await hers.SendAsync("helo", cancellationToken: Cancelled).Soon();
        Task<ChangeResult>[] changes =
        [
            hers.EditAsync(sent.MessageId, new() { Text = "hello" }, Cancelled), his.AddReactionAsync(sent.MessageId, "👍", Cancelled),
        ];
        await Task.WhenAll(changes).Soon();
        await his.RemoveReactionAsync(sent.MessageId, "👍", Cancelled).Soon();
        await hers.PinAsync(sent.MessageId, Cancelled).Soon();
        await hers.UnpinAsync(sent.MessageId, Cancelled).Soon();
        var last = await hers.DeleteAsync(sent.MessageId, Cancelled).Soon();
        Assert.Equal("not_allowed", (await Assert.ThrowsAsync<CaasException>(() => his.EditAsync(sent.MessageId, new() { Text = "mine" }, Cancelled).Soon())).Code);

        var (seen, same) = (await his.TakeAsync(last.Seq), await hers.TakeAsync(last.Seq));
        Assert.Equal(Enumerable.Range(1, (int)last.Seq).Select(seq => (long)seq), seen.Select(entry => entry.Seq));
        Assert.Equal(seen.Select(entry => (entry.Seq, entry.Type)), same.Select(entry => (entry.Seq, entry.Type)));
        Assert.Equal(EntryTypes.MessageDeleted, seen[^1].Type);
        Assert.False(sent.Duplicate);
    }

    [Fact]
    public async Task What_one_marks_on_one_replica_the_other_is_told_on_the_other()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(redis: redis.ConnectionString);
        await using var alice = replicas.Connection("alice", 0);
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        var told = new TaskCompletionSource<Receipt>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hers = await alice.JoinAsync("room", 0, Cancelled).Soon();
        var sent = await hers.SendAsync("hello", cancellationToken: Cancelled).Soon();
        alice.Receipt += receipt => _ = receipt.UserId == "bob" && told.TrySetResult(receipt);
        bob.MarkRead("room", sent.Seq);
        Assert.Equal(new("room", "bob", sent.Seq, sent.Seq), await told.Task.Soon());
        Assert.Equal(0, (await bob.GetUnreadAsync(Cancelled).Soon()).Total);
    }

    [Fact]
    public async Task A_thousand_messages_of_ten_tasks_are_stored_once_and_in_the_order_of_each()
    {
        await using var replicas = await Replicas.StartAsync();
        await using var alice = replicas.Connection("alice");
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        await using var room = await bob.JoinAsync("room", 0, Cancelled).Soon();
        var sent = await Task.WhenAll(Enumerable.Range(0, 10).Select(task => Task.Run(
            async () =>
            {
                var sends = new List<Task<SendResult>>();
                for (var i = 0; i < 100; i++)
                {
                    sends.Add(await alice.QueueAsync("room", new($"{task}"), Cancelled));
                }

                return await Task.WhenAll(sends);
            },
            Cancelled))).Soon();

        Assert.All(sent, one => Assert.Equal(one.Select(result => result.Seq).Order(), one.Select(result => result.Seq)));
        var last = sent.Max(one => one[^1].Seq);
        var entries = await room.TakeAsync(last);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(seq => (long)seq), entries.Select(entry => entry.Seq));
        Assert.Equal(sent.SelectMany(one => one).OrderBy(result => result.Seq).Select(result => result.ClientMessageId), entries.Where(entry => entry.Message is not null).Select(entry => entry.ClientMessageId));
    }

    [Fact]
    public async Task A_replica_that_drains_fails_no_send_and_its_clients_go_on_elsewhere()
    {
        await using var replicas = await Replicas.StartAsync();
        await using var redirector = await Redirector.StartAsync(Replicas.UrlOf(replicas.Apps[0]));
        var clients = Enumerable.Range(0, 10).Select(_ => replicas.Connection("alice", 0, options => options with { Url = redirector.Url })).ToList();
        await using var watcher = replicas.Connection("bob", 0, options => options with { Url = redirector.Url });
        await Task.WhenAll(clients.Append(watcher).Select(client => client.ConnectAsync(Cancelled))).Soon();
        await using var room = await watcher.JoinAsync("room", 0, Cancelled).Soon();

        using var load = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = clients.Select(async client =>
        {
            var seqs = new List<long>();
            while (!load.IsCancellationRequested)
            {
                seqs.Add((await client.SendAsync("room", new("on and on"), Cancelled)).Seq);
            }

            return seqs;
        }).ToList();
        redirector.Targets = [Replicas.UrlOf(replicas.Apps[1])];
        await replicas.Apps[0].StopAsync(Cancelled).Soon();
        await Eventually.HoldsAsync(() => redirector.Redirected >= 22 && clients.All(client => client.State.State == ConnectionState.Connected), "not all have gone on", Cancelled);
        await load.CancelAsync();
        var sent = (await Task.WhenAll(sending).Soon()).SelectMany(seqs => seqs).Order().ToList();

        Assert.Equal(sent.Distinct(), sent);
        var entries = await room.TakeAsync(sent[^1]);
        Assert.Equal(Enumerable.Range(1, (int)sent[^1]).Select(seq => (long)seq), entries.Select(entry => entry.Seq));
        Assert.Equal(sent, entries.Where(entry => entry.Type == EntryTypes.MessageCreated).Select(entry => entry.Seq));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_revoked_token_ends_the_connection_for_good()
    {
        await using var replicas = await Replicas.StartAsync(1);
        await using var alice = replicas.Connection("alice");
        await alice.ConnectAsync(Cancelled).Soon();
        await replicas.Get<TokenService>().RevokeAsync(Replicas.System, new(UserId: "alice"), Cancelled);
        Assert.Equal("token_revoked", (await alice.ReachesAsync(ConnectionState.Ended)).Code);

        var token = await replicas.TokenAsync("bob");
        await replicas.Get<TokenService>().RevokeAsync(Replicas.System, new(Token: token), Cancelled);
        await using var bob = replicas.Connection("bob", 0, options => options with { Token = _ => Task.FromResult(token) });
        Assert.Equal("token_revoked", (await Assert.ThrowsAsync<CaasException>(() => bob.ConnectAsync(Cancelled).Soon())).Code);
    }

    [Fact]
    public async Task Who_is_removed_hears_of_it_as_the_last_thing()
    {
        await using var replicas = await Replicas.StartAsync(1);
        await using var bob = replicas.Connection("bob");
        await bob.ConnectAsync(Cancelled).Soon();
        await using var room = await bob.JoinAsync("room", null, Cancelled).Soon();
        await replicas.RemoveAsync("bob");
        var seen = new List<string>();
        var ended = await Assert.ThrowsAsync<CaasException>(() => room.ForEachAsync((entry, _) =>
        {
            seen.Add(entry.Type);
            return default;
        }, Cancelled).Soon());
        Assert.Equal(("removed", EntryTypes.MemberRemoved), (ended.Code, seen[^1]));
        Assert.Equal("not_a_member", (await Assert.ThrowsAsync<CaasException>(() => bob.JoinAsync("room", 0, Cancelled).Soon())).Code);
        Assert.Equal("not_a_member", (await Assert.ThrowsAsync<CaasException>(() => bob.SendAsync("room", new("still here?"), Cancelled).Soon())).Code);
    }
}
