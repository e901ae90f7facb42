using Caas.Contracts;

namespace Caas.Core.Calls;

/// <summary>What can happen to somebody's place in a call.</summary>
public enum CallAction
{
    Invite,
    Join,
    Resume,
    Decline,
    TellBusy,

    /// <summary>The ringing time is over.</summary>
    GiveUp,

    /// <summary>Nobody is left to answer: the call is over.</summary>
    Cancel,

    /// <summary>The device's connection was lost.</summary>
    Lose,

    /// <summary>It did not come back in time.</summary>
    Forget,
    Leave,
    Remove,
}

/// <summary>Something that others are told.</summary>
/// <param name="To">The users whose devices are told.</param>
/// <param name="News">One of the events of <see cref="IRealtimeClient"/>.</param>
public sealed record CallNews(IReadOnlyList<string> To, object News);

/// <summary>A change, and what is told of it once it stands. Without a change the call is the same object.</summary>
public sealed record CallStep(CallState Call, IReadOnlyList<CallNews> News);

/// <param name="Ring">How long devices ring.</param>
/// <param name="Grace">How long a lost connection may take to come back.</param>
/// <param name="Most">How many may be in a call at a time.</param>
/// <param name="Longest">When a call ends in any case.</param>
public sealed record CallTimes(TimeSpan Ring, TimeSpan Grace, int Most, TimeSpan Longest);
