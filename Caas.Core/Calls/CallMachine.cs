using Caas.Contracts;
using static Caas.Contracts.CallParticipantState;

namespace Caas.Core.Calls;

/// <summary>
/// The life of a call, as a function of what it is and what happens: no clock, no store, no network. Who may do it is decided before (<see cref="CallService"/>); that two replicas do not
/// contradict each other is the directory's to see to, by compare-and-set on the version. All that a call may become stands in this one file, whatever its length.
/// </summary>
public static class CallMachine
{
    /// <summary>The most that are in a call or rung at a time by inviting.</summary>
    public const int MostPresent = 32;

    /// <summary>The most that a call ever had or called: each is part of what is kept of it, and of its end.</summary>
    public const int MostPlaces = 200;

    /// <summary>From which state what leads where. What is not here changes nothing, or is refused: see the callers.</summary>
    public static readonly IReadOnlyDictionary<(CallParticipantState? From, CallAction Action), CallParticipantState> Table = new Dictionary<(CallParticipantState?, CallAction), CallParticipantState>
    {
        [(null, CallAction.Invite)] = Ringing,
        [(null, CallAction.Join)] = Joined,

        [(Ringing, CallAction.Join)] = Joined,
        [(Ringing, CallAction.Decline)] = Declined,
        [(Ringing, CallAction.Leave)] = Declined,
        [(Ringing, CallAction.TellBusy)] = Busy,
        [(Ringing, CallAction.GiveUp)] = Missed,
        [(Ringing, CallAction.Cancel)] = Missed,
        [(Ringing, CallAction.Remove)] = Removed,

        [(Joined, CallAction.Resume)] = Joined,
        [(Joined, CallAction.Lose)] = Reconnecting,
        [(Joined, CallAction.Leave)] = Left,
        [(Joined, CallAction.Cancel)] = Left,
        [(Joined, CallAction.Remove)] = Removed,

        [(Reconnecting, CallAction.Join)] = Joined,
        [(Reconnecting, CallAction.Resume)] = Joined,
        [(Reconnecting, CallAction.Forget)] = Left,
        [(Reconnecting, CallAction.Leave)] = Left,
        [(Reconnecting, CallAction.Cancel)] = Left,
        [(Reconnecting, CallAction.Remove)] = Removed,

        [(Left, CallAction.Invite)] = Ringing,
        [(Left, CallAction.Join)] = Joined,
        [(Declined, CallAction.Invite)] = Ringing,
        [(Declined, CallAction.Join)] = Joined,
        [(Busy, CallAction.Invite)] = Ringing,
        [(Busy, CallAction.Join)] = Joined,
        [(Missed, CallAction.Invite)] = Ringing,
        [(Missed, CallAction.Join)] = Joined,
        [(Removed, CallAction.Invite)] = Ringing,
    };

    /// <summary>A new call: whoever calls is in it, whoever is called rings.</summary>
    public static CallStep Start(CallState call, CallDevice device, IEnumerable<string> ring, CallTimes times, DateTimeOffset now)
    {
        var begun = call with { Places = [new(call.StartedBy, Joined) { Connection = device.Connection, Replica = device.Replica, Audio = true, Video = call.Media == CallMedia.Video, JoinedAt = now }], Version = 1 };
        var (after, news) = Ring(begun, ring, call.StartedBy, times, now);
        return new(after with { Version = 1 }, news);
    }

    /// <summary>Rings users who are not in the call, and do not ring: as many as there is room for.</summary>
    public static CallStep Invite(CallState call, IEnumerable<string> users, string by, CallTimes times, DateTimeOffset now) => Step(call, Ring(call, users, by, times, now, MostPresent));

    /// <summary>Answers, joins late, or comes back.</summary>
    /// <param name="resume">Takes the call over from another device of the user.</param>
    /// <param name="media">What who begins to take part wants to be heard and seen with; null: the call's.</param>
    /// <returns>The call as it was where the user may not: it has it on another device, was taken out, or there is no room.</returns>
    public static CallStep Join(CallState call, string user, CallDevice device, bool resume, CallTimes times, DateTimeOffset now, CallMedia? media = null)
    {
        var before = call.Find(user);
        if (!Table.TryGetValue((before?.State, resume ? CallAction.Resume : CallAction.Join), out var state) || (before?.IsIn() != true && call.Count(place => place.IsIn()) >= times.Most) || (before is null && call.Places.Count >= MostPlaces))
        {
            return new(call, []);
        }

        var place = (before ?? new(user, state)) with { State = state, Connection = device.Connection, Replica = device.Replica, Deadline = null, JoinedAt = before?.JoinedAt ?? now };
        if (before is null or { State: Ringing })
        {
            place = place with { Audio = true, Video = (media ?? call.Media) == CallMedia.Video };
        }

        var after = Put(call, place);
        after = after with { AnsweredAt = after.AnsweredAt ?? (after.Count(one => one.IsIn()) > 1 ? now : null) };
        var everyone = Present(after);
        return Step(call, (after, before?.IsIn() == true
            ? [new(everyone, Changed(after, place)), new([user], new CallAccepted(call.Id, user))]
            : [new(everyone, new CallAccepted(call.Id, user)), new(everyone, Changed(after, place))]));
    }

    public static CallStep Decline(CallState call, string user, bool busy, CallTimes times, DateTimeOffset now) => Act(call, user, busy ? CallAction.TellBusy : CallAction.Decline, times, now);

    public static CallStep Leave(CallState call, string user, CallTimes times, DateTimeOffset now) => Act(call, user, CallAction.Leave, times, now);

    public static CallStep Remove(CallState call, string user, CallTimes times, DateTimeOffset now) => Act(call, user, CallAction.Remove, times, now);

    /// <summary>Lets somebody who is shadow-banned believe to have joined, or to have come back. To everybody else nothing changes: what rings is missed.</summary>
    public static CallStep Pretend(CallState call, string user, CallDevice device)
    {
        var guise = new CallPlace(user, Joined) { Connection = device.Connection, Replica = device.Replica };
        if (call.Guises.Contains(guise))
        {
            return new(call, []);
        }

        var after = Wear(call.Pretending.Contains(user) ? call : call with { Pretending = [.. call.Pretending, user] }, guise);
        return Step(call, (after, [new([user], new CallAccepted(call.Id, user)), new([user], Changed(call, Seen(after, user).Find(user)!))]));
    }

    /// <summary>The call as one of its users sees it.</summary>
    public static CallState Seen(CallState call, string user)
    {
        if (!call.Pretending.Contains(user))
        {
            return call;
        }

        var guise = call.Guises.FirstOrDefault(one => one.User == user) ?? new(user, Joined);
        return Put(call, guise with { Audio = true, Video = call.Media == CallMedia.Video });
    }

    /// <summary>Somebody is erased: taken out, and known by the pseudonym alone.</summary>
    public static CallStep Rename(CallState call, string user, string pseudonym, CallTimes times, DateTimeOffset now)
    {
        var (left, news) = call.EndedAt is null ? Remove(call, user, times, now) : new(call, []);
        if (left.Find(user) is null && left.StartedBy != user)
        {
            return new(left, news);
        }

        string Name(string one) => one == user ? pseudonym : one;
        return new(left with { StartedBy = Name(left.StartedBy), Places = [.. left.Places.Select(place => place with { User = Name(place.User) })], Version = call.Version + 1 }, news);
    }

    /// <summary>A device's connection was lost. One that no longer has the call changes nothing.</summary>
    public static CallStep Lose(CallState call, string user, string connection, CallTimes times, DateTimeOffset now) =>
        call.SeatOf(user) is not { State: Joined } place || place.Connection != connection ? new(call, [])
        : call.Pretending.Contains(user) ? LoseGuises(call, one => one.User == user, times, now)
        : Act(call, user, CallAction.Lose, times, now);

    /// <summary>A replica is gone, and with it the connections of its devices.</summary>
    public static CallStep LoseReplica(CallState call, string replica, CallTimes times, DateTimeOffset now) => Together(
        call,
        Each(call, call.Places.Where(place => place.State == Joined && place.Replica == replica), CallAction.Lose, times, now),
        lost => LoseGuises(lost, guise => guise.State == Joined && guise.Replica == replica, times, now));

    /// <summary>What each one sends.</summary>
    public static CallStep SetMedia(CallState call, string user, CallMediaState media)
    {
        if (call.Find(user) is not { } place || !place.IsIn() || (place.Audio == media.Audio && place.Video == media.Video))
        {
            return new(call, []);
        }

        var changed = place with { Audio = media.Audio, Video = media.Video };
        var after = Put(call, changed);
        return Step(call, (after, [new(Present(after), Changed(after, changed))]));
    }

    /// <summary>What time alone does: ringing and waiting end, and calls that go on for ever.</summary>
    public static CallStep Tick(CallState call, CallTimes times, DateTimeOffset now)
    {
        if (call.EndedAt is not null)
        {
            return new(call, []);
        }

        if (now >= call.StartedAt + times.Longest)
        {
            return End(call, now, CallOutcome.Completed);
        }

        return Together(
            call,
            Each(call, call.Places.Where(place => place.State == Ringing && place.Deadline <= now), CallAction.GiveUp, times, now),
            missed => Each(missed, missed.Places.Where(place => place.State == Reconnecting && place.Deadline <= now), CallAction.Forget, times, now),
            gone => Awake(gone, gone.Guises.Where(guise => guise.Deadline <= now), times, now));
    }

    /// <summary>Ends it for everybody: its conversation is gone, or what was known of it.</summary>
    public static CallStep End(CallState call, DateTimeOffset now, CallOutcome answered) => call.EndedAt is not null ? new(call, []) : Step(call, Over(call, call, [], now, answered));

    /// <summary>When <see cref="Tick"/> has something to do next.</summary>
    public static DateTimeOffset Due(CallState call, CallTimes times) =>
        call.Places.Concat(call.Guises).Where(place => place.Deadline is not null).Select(place => place.Deadline!.Value).Append(call.StartedAt + times.Longest).Min();

    private static CallStep Act(CallState call, string user, CallAction action, CallTimes times, DateTimeOffset now)
    {
        if (action is CallAction.Leave or CallAction.Remove && call.EndedAt is null && call.Pretending.Contains(user))
        {
            var awake = Without(call, user);
            var others = Each(awake, awake.Places.Where(place => place.User == user), action, times, now);
            var gone = (call.Find(user) ?? new(user, Left)) with { State = action is CallAction.Leave ? Left : Removed };
            return new(others.Call with { Version = call.Version + 1 }, [new([user], Changed(call, gone)), .. others.News]);
        }

        return Each(call, call.Places.Where(place => place.User == user), action, times, now);
    }

    /// <summary>Whoever pretends has lost the connection, and hears it on other devices.</summary>
    private static CallStep LoseGuises(CallState call, Func<CallPlace, bool> which, CallTimes times, DateTimeOffset now)
    {
        var (after, news) = (call, new List<CallNews>());
        foreach (var guise in call.Guises.Where(which))
        {
            after = Wear(after, Move(guise, Reconnecting, times, now));
            news.Add(new([guise.User], Changed(after, Seen(after, guise.User).Find(guise.User)!)));
        }

        return Step(call, (after, news));
    }

    /// <summary>Whoever pretends and did not come back is in it no more; what rang for them meanwhile was missed.</summary>
    private static CallStep Awake(CallState call, IEnumerable<CallPlace> guises, CallTimes times, DateTimeOffset now)
    {
        var (after, news) = (call, new List<CallNews>());
        foreach (var guise in guises.TakeWhile(_ => after.EndedAt is null))
        {
            var missed = Each(after, after.Places.Where(place => place.User == guise.User), CallAction.GiveUp, times, now);
            after = missed.Call.EndedAt is null ? Without(missed.Call, guise.User) : missed.Call;
            news.AddRange([.. missed.News, new([guise.User], new CallParticipantChanged(call.Id, guise.User, Left, false, false))]);
        }

        return ReferenceEquals(after, call) ? new(call, []) : new(after with { Version = call.Version + 1 }, news);
    }

    /// <summary>Several changes as one.</summary>
    private static CallStep Together(CallState call, CallStep first, params ReadOnlySpan<Func<CallState, CallStep>> then)
    {
        foreach (var next in then)
        {
            var step = next(first.Call);
            first = new(step.Call, [.. first.News, .. step.News]);
        }

        return ReferenceEquals(first.Call, call) ? first : new(first.Call with { Version = call.Version + 1 }, first.News);
    }

    private static CallState Wear(CallState call, CallPlace guise) => call with { Guises = [.. call.Guises.Where(one => one.User != guise.User), guise] };

    private static CallState Without(CallState call, string user) =>
        call with { Pretending = [.. call.Pretending.Where(one => one != user)], Guises = [.. call.Guises.Where(one => one.User != user)] };

    private static CallStep Each(CallState call, IEnumerable<CallPlace> places, CallAction action, CallTimes times, DateTimeOffset now)
    {
        var (after, news) = (call, new List<CallNews>());
        foreach (var place in places.Where(_ => call.EndedAt is null))
        {
            if (Table.TryGetValue((place.State, action), out var state))
            {
                var moved = Move(place, state, times, now);

                // Who pretends has heard another story of it.
                IReadOnlyList<string> everyone = after.Pretending.Contains(place.User) ? [.. Present(after).Where(user => user != place.User)] : Present(after);
                after = Put(after, moved);
                news.Add(state is Declined or Busy or Missed
                    ? new(everyone, new CallDeclined(call.Id, place.User, state.ToString().ToLowerInvariant()))
                    : new(everyone, Changed(after, moved)));
            }
        }

        return after == call ? new(call, []) : Step(call, Settle(call, after, news, action, now));
    }

    private static CallPlace Move(CallPlace place, CallParticipantState state, CallTimes times, DateTimeOffset now) => state switch
    {
        Reconnecting => place with { State = state, Connection = null, Replica = null, Deadline = now + times.Grace },
        _ => place with { State = state, Connection = null, Replica = null, Deadline = null, JoinedAt = null, Milliseconds = place.Milliseconds + (place.JoinedAt is { } since ? Math.Max(0, (long)(now - since).TotalMilliseconds) : 0) },
    };

    private static (CallState After, List<CallNews> News) Ring(CallState call, IEnumerable<string> users, string by, CallTimes times, DateTimeOffset now, int most = int.MaxValue)
    {
        var (after, news) = (call, new List<CallNews>());
        foreach (var user in users)
        {
            if (Table.TryGetValue((after.Find(user)?.State, CallAction.Invite), out var state) && after.Count(place => place.IsPresent()) < most)
            {
                var place = (after.Find(user) ?? new(user, state)) with { State = state, Deadline = now + times.Ring };
                var present = Present(after);
                after = Put(after, place);
                news.Add(new([user], new CallRinging(call.Id, call.Conversation, by, call.Media)));
                news.Add(new(present, Changed(after, place)));
            }
        }

        return (after, news);
    }

    /// <summary>Whether anything is left of it.</summary>
    private static (CallState, List<CallNews>) Settle(CallState before, CallState after, List<CallNews> news, CallAction action, DateTimeOffset now)
    {
        var isIn = after.Count(place => place.IsIn());
        var rings = after.Places.Any(place => place.State == Ringing);
        var goesOn = after.Direct ? after.Find(after.StartedBy)!.IsIn() && (isIn > 1 || rings) : isIn > 0;
        return goesOn ? (after, news) : Over(before, after, news, now, action is CallAction.Forget ? CallOutcome.Lost : CallOutcome.Completed);
    }

    private static (CallState, List<CallNews>) Over(CallState before, CallState after, List<CallNews> news, DateTimeOffset now, CallOutcome answered)
    {
        // Times do not matter any more: nobody is lost, everybody goes.
        var none = new CallTimes(default, default, default, default);
        var ended = after with
        {
            EndedAt = now,
            Outcome = after.AnsweredAt is not null ? answered : Unanswered(after),
            Places = [.. after.Places.Select(place => Table.TryGetValue((place.State, CallAction.Cancel), out var state) ? Move(place, state, none, now) : place)],
        };
        return (ended, [.. news, new(Present(before), new CallEnded(ended.Id, ended.Outcome.Value, ended.Seconds()))]);
    }

    private static CallOutcome Unanswered(CallState call)
    {
        var others = call.Places.Where(place => place.User != call.StartedBy).ToList();
        return others.Count == 0 || others.Any(place => place.IsPresent()) ? CallOutcome.Cancelled
            : others.Any(place => place.State == Missed) ? CallOutcome.Missed
            : others.All(place => place.State == Busy) ? CallOutcome.Busy
            : others.Any(place => place.State is Declined or Busy) ? CallOutcome.Declined
            : CallOutcome.Cancelled;
    }

    private static CallStep Step(CallState before, (CallState After, List<CallNews> News) change) =>
        change.After == before ? new(before, []) : new(change.After with { Version = before.Version + 1 }, [.. change.News.Where(news => news.To.Count > 0)]);

    private static CallState Put(CallState call, CallPlace place) =>
        call with { Places = call.Find(place.User) is null ? [.. call.Places, place] : [.. call.Places.Select(one => one.User == place.User ? place : one)] };

    private static IReadOnlyList<string> Present(CallState call) => [.. call.Places.Where(place => place.IsPresent()).Select(place => place.User).Union(call.Pretending)];

    private static CallParticipantChanged Changed(CallState call, CallPlace place) => new(call.Id, place.User, place.State, place.Audio, place.Video);
}
