using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Entries;

/// <summary>The append pipeline over a store that is slow or loses its answers, injected below the port.</summary>
public sealed class EntryAppenderTests
{
    private static readonly Caller Alice = new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("alice") };

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    [Fact]
    public async Task What_waits_for_one_log_goes_in_one_call_and_singles_of_many_logs_share_one()
    {
        var faults = new FaultyEntryStore();
        await using var platform = Platform(faults);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        faults.Before = _ => gate.Task;

        // Four calls may be under way: they take one entry each, all else waits.
        var busy = Enumerable.Range(0, 4).Select(i => AppendAsync(platform, $"busy{i}")).ToArray();
        var hot = Enumerable.Range(0, 50).Select(_ => AppendAsync(platform, "busy0")).ToArray();
        var singles = Enumerable.Range(0, 30).Select(i => AppendAsync(platform, $"single{i}")).ToArray();
        gate.SetResult();
        await Task.WhenAll([.. busy, .. hot, .. singles]).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        var calls = faults.Calls;
        Assert.Equal([1, 1, 1, 1], calls.Take(4).Select(call => call.Count));
        Assert.Contains(calls, call => call.Count == 50 && call.All(draft => draft.Log.Name == "busy0"));
        Assert.Contains(calls, call => call.Count == 30 && call.Select(draft => draft.Log).Distinct().Count() == 30);
        Assert.Equal(6, calls.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_is_resolved_by_appending_again_whether_the_write_took_effect_or_not()
    {
        var faults = new FaultyEntryStore();
        await using var platform = Platform(faults);
        faults.FailBefore = 2;
        var (first, duplicate) = await AppendAsync(platform, "room");
        Assert.Equal((1, false), (first.Seq, duplicate));

        faults.FailAfter = 2;
        var (second, seenBefore) = await AppendAsync(platform, "room");
        Assert.Equal((2, false), (second.Seq, seenBefore));
        Assert.Equal(2, (await platform.Get<IEntryStore>().ReadTailAsync(second.Log, Cancelled)).Seq);
    }

    [Fact]
    public async Task A_store_that_stays_away_is_answered_unavailable_and_the_log_goes_on_after_it()
    {
        var faults = new FaultyEntryStore { FailBefore = int.MaxValue };
        await using var platform = Platform(faults, services => services.Configure<AppendOptions>(_ => { }).AddSingleton(Microsoft.Extensions.Options.Options.Create(new AppendOptions { GiveUpAfter = TimeSpan.FromMilliseconds(200) })));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => AppendAsync(platform, "room"));
        Assert.Equal("unavailable", refused.Refusal.Code);

        faults.FailBefore = 0;
        Assert.Equal(1, (await AppendAsync(platform, "room")).Entry.Seq);
    }

    private static CorePlatform Platform(FaultyEntryStore faults, Action<IServiceCollection>? configure = null) => new(configure: services =>
    {
        faults.StandBefore(services);
        configure?.Invoke(services);
    });

    private static Task<(Entry Entry, bool Duplicate)> AppendAsync(CorePlatform platform, string log)
    {
        var draft = platform.Get<EntryDrafts>().Create(Alice, new LogId(Alice.Tenant, log), "message.created", "hash", EntryTarget.Message, null) with { Message = new MessageState { Text = "x" } };
        return platform.Get<EntryAppender>().AppendAsync(draft, Cancelled);
    }
}

/// <summary>Passes everything on; appends fail before or after they took effect.</summary>
internal sealed class FaultyEntryStore : IEntryStore
{
    private readonly Lock _gate = new();
    private readonly List<IReadOnlyList<EntryDraft>> _calls = [];

    public IEntryStore Inner { get; set; } = null!;

    /// <summary>As a store over a network: what waits behind these goes together.</summary>
    public int UsefulConcurrentAppends => 4;

    public Func<IReadOnlyList<EntryDraft>, Task>? Before { get; set; }

    public int FailBefore { get; set; }

    public int FailAfter { get; set; }

    /// <summary>How often an entry was looked for by its client id.</summary>
    public int LookedUp { get; private set; }

    /// <summary>Takes the place of the store that is registered, and passes everything on to it.</summary>
    public void StandBefore(IServiceCollection services)
    {
        var real = services.Last(service => service.ServiceType == typeof(IEntryStore));
        services.AddSingleton<IEntryStore>(provider =>
        {
            Inner = (IEntryStore)(real.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, real.ImplementationType!));
            return this;
        });
    }

    public IReadOnlyList<IReadOnlyList<EntryDraft>> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _calls.Add(drafts);
        }

        if (Before is { } before)
        {
            await before(drafts);
        }

        if (FailBefore > 0)
        {
            FailBefore--;
            throw new StoreUnavailableException("Failed before it took effect.");
        }

        var outcomes = await Inner.AppendAsync(drafts, cancellationToken);
        if (FailAfter > 0)
        {
            FailAfter--;
            throw new StoreUnavailableException("Failed after it took effect.");
        }

        return outcomes;
    }

    public Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken) => Inner.ReadTailAsync(log, cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadAfterAsync(LogId log, long afterSeq, int limit, CancellationToken cancellationToken) => Inner.ReadAfterAsync(log, afterSeq, limit, cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadManyAsync(LogId log, IReadOnlyCollection<long> seqs, CancellationToken cancellationToken) => Inner.ReadManyAsync(log, seqs, cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadManyAsync(TenantId tenant, IReadOnlyCollection<(LogId Log, long Seq)> places, CancellationToken cancellationToken) => Inner.ReadManyAsync(tenant, places, cancellationToken);

    public Task<Entry?> FindByClientIdAsync(LogId log, string? actor, string clientId, CancellationToken cancellationToken)
    {
        LookedUp++;
        return Inner.FindByClientIdAsync(log, actor, clientId, cancellationToken);
    }

    public Task<Entry?> FindAsync(LogId log, string entryId, CancellationToken cancellationToken) => Inner.FindAsync(log, entryId, cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadMessagesAsync(LogId log, Direction direction, long from, int limit, CancellationToken cancellationToken) => Inner.ReadMessagesAsync(log, direction, from, limit, cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long target, long afterSeq, int limit, CancellationToken cancellationToken) => Inner.ReadChangesAsync(log, target, afterSeq, limit, cancellationToken);

    public Task<bool> FoldAsync(LogId log, long messageSeq, long expectedRev, MessageState state, long rev, CancellationToken cancellationToken) => Inner.FoldAsync(log, messageSeq, expectedRev, state, rev, cancellationToken);

    public Task EraseChangesAsync(LogId log, long messageSeq, CancellationToken cancellationToken) => Inner.EraseChangesAsync(log, messageSeq, cancellationToken);

}
