namespace Caas.Contracts;

/// <summary>What the hub <c>/realtime</c> tells its clients.</summary>
public interface IRealtimeClient
{
    /// <summary>Something happened in a conversation that this connection watches.</summary>
    Task Entry(EntryResponse entry);

    /// <summary>Something happened in a conversation of the user that this connection does not watch; at most once a second each. Also, wherever it is watched, when another device of the user changed how it sees the conversation.</summary>
    Task ConversationUpdated(ConversationUpdated update);

    /// <summary>Others type now than before in a conversation that this connection watches.</summary>
    Task Typing(TypingState typing);
    /// <summary>A member of a conversation that this connection watches has, or has read, more than before; in conversations of up to 100 members, and of one's own other devices in all.</summary>
    Task Receipt(Receipt receipt);

    /// <summary>A user whom this connection follows is there in another way than before.</summary>
    Task Presence(PresenceState presence);

    /// <summary>A reminder of the user's is due; it stays in the list until it is dismissed. May be told twice.</summary>
    Task Reminder(ReminderResponse reminder);

    /// <summary>Somebody calls. Told to all devices of the user, also to those that connect while it rings.</summary>
    Task CallRinging(CallRinging call);

    /// <summary>Somebody has answered or joined a call. Of oneself, on a device that did not: another one has the call now.</summary>
    Task CallAccepted(CallAccepted accepted);

    /// <summary>Somebody does not take part: declined, is in another call, or did not answer in time.</summary>
    Task CallDeclined(CallDeclined declined);

    /// <summary>Somebody's place in a call, or what they send, is another than before.</summary>
    Task CallParticipantChanged(CallParticipantChanged changed);

    /// <summary>A call that rings, or that the user is in, is over. May be told twice.</summary>
    Task CallEnded(CallEnded ended);

    /// <summary>What another participant's device says to this one, in order.</summary>
    Task CallSignal(CallSignal signal);

    /// <summary>Something happened that the user did not watch; it is in the inbox. May be told twice.</summary>
    Task Notification(NotificationResponse notification);

    /// <summary>The user marked notifications as read, on whatever device.</summary>
    Task NotificationsRead(UnreadNotificationsResponse unread);

    /// <summary>What a notification was about was deleted: it is less than it was, or gone. May be told twice.</summary>
    Task NotificationWithdrawn(NotificationWithdrawn withdrawn);

    /// <summary>This connection no longer receives one conversation, or (when none is named) anything: it is closed next.</summary>
    Task Evicted(Evicted evicted);

    /// <summary>Live delivery may have missed something: join again with the last seq.</summary>
    Task Resync(Resync resync);

    /// <summary>This replica is going: reconnect within the given time.</summary>
    Task Draining(Draining draining);
}

/// <summary>The newest state of a conversation, and of its user in it.</summary>
public sealed record ConversationUpdated(string ConversationId, long LastSeq, long Unread, MessageResponse? LastMessage, OwnMemberResponse Me);

/// <param name="ConversationId">The conversation; null: the whole connection.</param>
/// <param name="Reason"><c>removed</c>, <c>conversation_deleted</c>, <c>token_expired</c>, <c>token_revoked</c>, <c>user_deactivated</c>, <c>banned</c> or <c>tenant_deleted</c>.</param>
public sealed record Evicted(string? ConversationId, string Reason);

/// <param name="Reason">Such as <c>backplane_reconnected</c>.</param>
public sealed record Resync(string Reason);

/// <param name="ReconnectWithinMs">How many milliseconds the replica goes on; spread the reconnects over them.</param>
public sealed record Draining(int ReconnectWithinMs);
