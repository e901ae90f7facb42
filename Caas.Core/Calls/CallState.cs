using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Calls;

/// <summary>Which call.</summary>
public readonly record struct CallKey(TenantId Tenant, string Id)
{
    /// <exception cref="RefusedException"><c>call_not_found</c>: no id of a call.</exception>
    public static CallKey Of(Caller caller, string callId) => PublicId.IsValid(callId) ? new(caller.RequireTenant(), callId) : throw Refusal.CallNotFound.AsException();

    public override string ToString() => $"{Tenant.Value}/{Id}";
}

/// <summary>A call as it is now: what <see cref="CallMachine"/> changes and <see cref="ICallDirectory"/> keeps.</summary>
public sealed record CallState
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public required string Conversation { get; init; }

    /// <summary>Between the two of a direct conversation: over as soon as one has gone.</summary>
    public required bool Direct { get; init; }
    public required CallMedia Media { get; init; }
    public required string StartedBy { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When a second one joined.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public CallOutcome? Outcome { get; init; }

    /// <summary>Everybody who ever was called or joined, in that order, each once.</summary>
    public IReadOnlyList<CallPlace> Places { get; init; } = [];

    /// <summary>Whoever started it is shadow-banned: nobody else rings, hears of it or finds it, and nothing of it is on record.</summary>
    public bool Pretended { get; init; }

    /// <summary>Users who are shadow-banned and joined: they believe that they are in the call, and nobody else hears of it.</summary>
    public IReadOnlyList<string> Pretending { get => field ?? []; init; }

    /// <summary>Their devices: as whoever pretends believes to be in it, Joined or Reconnecting. Of an earlier version's calls there are none.</summary>
    public IReadOnlyList<CallPlace> Guises { get => field ?? []; init; }

    /// <summary>1, 2, 3 …: one more with each change.</summary>
    public long Version { get; init; }

    public CallKey Key() => new(new(Tenant), Id);

    public long Seconds() => EndedAt is { } end && AnsweredAt is { } begin ? Math.Max(0, (long)(end - begin).TotalSeconds) : 0;

    public CallPlace? Find(string user) => Places.FirstOrDefault(place => place.User == user);

    /// <summary>The place that a user's devices know of, pretended or not.</summary>
    public CallPlace? SeatOf(string user) => Guises.FirstOrDefault(guise => guise.User == user) ?? Find(user);

    public int Count(Func<CallPlace, bool> which) => Places.Count(which);

    /// <summary>The call of somebody who has to do with it.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>: to whoever has nothing to do with a call it is not there.</exception>
    public CallState RequireOf(string user) => (Find(user) is not null && (!Pretended || StartedBy == user)) || Pretending.Contains(user) ? this : throw Refusal.CallNotFound.AsException();

    /// <summary>Whom it occupies or rings, by the directory of calls.</summary>
    public IEnumerable<CallPlace> Occupied() =>
        EndedAt is not null ? []
        : Pretended ? Places.Where(place => place.User == StartedBy && place.IsPresent())
        : Places.Where(place => place.IsPresent() && !Pretending.Contains(place.User))
            .Concat(Pretending.Select(user => Guises.FirstOrDefault(guise => guise.User == user) ?? new CallPlace(user, CallParticipantState.Joined)));
}

/// <summary>One user's place in a call.</summary>
public sealed record CallPlace(string User, CallParticipantState State)
{
    /// <summary>The device that has the call, while somebody is in it: a connection and the replica that it is on.</summary>
    public string? Connection { get; init; }
    public string? Replica { get; init; }
    public bool Audio { get; init; }
    public bool Video { get; init; }

    /// <summary>When the ringing, or the time to come back, is over.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Since when the user has been in it without a break.</summary>
    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>How long the user was in it before that.</summary>
    public long Milliseconds { get; init; }

    public bool IsIn() => State is CallParticipantState.Joined or CallParticipantState.Reconnecting;

    /// <summary>In it, or still to answer.</summary>
    public bool IsPresent() => IsIn() || State == CallParticipantState.Ringing;
}

/// <summary>A device.</summary>
/// <param name="Connection">The connection's id.</param>
public sealed record CallDevice(string Connection, string Replica);
