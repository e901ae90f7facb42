using Caas.Core.Fairness;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Xunit;

namespace Caas.Tests.Fairness;

/// <summary>What is shared by a process is not taken by one.</summary>
public sealed class FairnessTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Globex = new("globex");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_user_has_one_turn_and_one_tenant_all_but_one()
    {
        var turns = new FairTurns(4, 100, 10);
        var ann = await turns.EnterAsync(Acme, new("ann"), Cancelled);
        var again = turns.EnterAsync(Acme, new("ann"), Cancelled);
        Assert.False(again.IsCompleted);
        using var bob = await turns.EnterAsync(Acme, new("bob"), Cancelled);
        using var backend = await turns.EnterAsync(Acme, null, Cancelled);
        var cy = turns.EnterAsync(Acme, new("cy"), Cancelled);
        Assert.False(cy.IsCompleted);
        using var other = await turns.EnterAsync(Globex, new("ann"), Cancelled).WaitAsync(Bound, Cancelled);
        ann.Dispose();
        ann.Dispose();
        (await again.WaitAsync(Bound, Cancelled)).Dispose();
        (await cy.WaitAsync(Bound, Cancelled)).Dispose();
    }

    [Fact]
    public async Task Who_waits_is_served_tenant_by_tenant_and_who_goes_away_leaves_nothing()
    {
        var turns = new FairTurns(1, 100, 10);
        var running = await turns.EnterAsync(Acme, new("ann"), Cancelled);
        using var gone = new CancellationTokenSource();
        var left = turns.EnterAsync(Acme, new("zoe"), gone.Token);
        var waiting = new List<(string Name, Task<IDisposable> Turn)>();
        foreach (var (tenant, name) in new[] { (Acme, "a1"), (Acme, "a2"), (Globex, "g1"), (Globex, "g2") })
        {
            waiting.Add((name, turns.EnterAsync(tenant, new(name), Cancelled)));
        }

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        var order = new List<string>();
        for (var current = running; waiting.Count > 0;)
        {
            current.Dispose();
            var next = await Task.WhenAny(waiting.Select(one => one.Turn)).WaitAsync(Bound, Cancelled);
            var found = waiting.Find(one => one.Turn == next);
            order.Add(found.Name);
            waiting.Remove(found);
            current = await next;
        }

        Assert.Equal(["g1", "a1", "g2", "a2"], order);
    }

    [Fact]
    public async Task Nobody_waits_without_end()
    {
        var turns = new FairTurns(4, 100, 2);
        using var running = await turns.EnterAsync(Acme, new("ann"), Cancelled);
        using var stop = new CancellationTokenSource();
        var waiting = new[] { turns.EnterAsync(Acme, new("ann"), stop.Token), turns.EnterAsync(Acme, new("ann"), stop.Token) };
        var refused = await Assert.ThrowsAsync<RefusedException>(() => turns.EnterAsync(Acme, new("ann"), Cancelled));
        Assert.Equal(Refusal.RateLimited, refused.Refusal);
        (await turns.EnterAsync(Acme, new("bob"), Cancelled)).Dispose();
        await stop.CancelAsync();
        foreach (var one in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }
    }

    [Fact]
    public async Task A_queue_is_taken_in_turn_and_filled_by_nobody_alone()
    {
        using var queue = new FairQueue<string>(40);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(i => queue.TryAdd(Acme, "ann", $"ann {i}")));
        Assert.Equal(16, Enumerable.Range(0, 100).Count(i => queue.TryAdd(Acme, $"user {i % 50}", "x")));
        Assert.True(queue.TryAdd(Globex, "bob", "bob"));
        Assert.Equal(["ann 0", "bob", "x"], [await queue.TakeAsync(Cancelled), await queue.TakeAsync(Cancelled), await queue.TakeAsync(Cancelled)]);
        for (var i = 0; i < 18; i++)
        {
            await queue.TakeAsync(Cancelled);
        }

        var empty = queue.TakeAsync(Cancelled).AsTask();
        Assert.False(empty.IsCompleted);
        Assert.True(queue.TryAdd(Acme, "", "last"));
        Assert.Equal("last", await empty.WaitAsync(Bound, Cancelled));
    }
}
