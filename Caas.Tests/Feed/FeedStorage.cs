using Caas.Core.Feed;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Tests.Feed;

/// <summary>What a kind of store is to tests of projector and bus: several processes work on it, each with clients of its own, and any of them may die at any write.</summary>
internal abstract class FeedStorage : IAsyncDisposable
{
    /// <summary>How long leases last.</summary>
    public virtual TimeSpan Lease => TimeSpan.FromMinutes(1);

    /// <summary>Registers all store ports, and what they need, for one more process.</summary>
    /// <param name="onWrite">Asked for each of the process's writes; null: they all work.</param>
    public abstract void Register(IServiceCollection services, Func<WriteFate>? onWrite);

    /// <summary>Lets all leases run out on the store's clock.</summary>
    public abstract Task ExpireLeasesAsync();

    /// <summary>A source position that the store does not know, or no longer.</summary>
    public abstract SourcePosition LosePosition(SourcePosition position);

    public abstract ValueTask DisposeAsync();
}

/// <summary>What becomes of a write.</summary>
internal enum WriteFate
{
    Works,

    /// <summary>It fails and nothing of it is stored.</summary>
    Lost,

    /// <summary>It is stored, and then its answer is lost.</summary>
    AnswerLost,
}

/// <summary>The system's clock, some time ahead.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));
}
