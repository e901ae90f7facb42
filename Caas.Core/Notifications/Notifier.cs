using Caas.Core.Events;

namespace Caas.Core.Notifications;

/// <summary>
/// Makes notifications of an event. Everything it does can be done twice: rows of the inbox and pushes are kept once per entry, so a consumer that died in the middle goes on where it can.
/// </summary>
public sealed class Notifier(HappeningReader reader, NotificationAudience audience, InboxRows inbox, WaitingPushes pushes, WaitingDigests digests, NotificationTeller teller)
{
    /// <summary>The consumer's durable name.</summary>
    public const string Group = "notifications";

    public static readonly IReadOnlyCollection<string> Topics = [Events.Topics.Messages, Events.Topics.Events];

    public async Task HandleAsync(EventRecord record, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync(record, cancellationToken) is not var (happening, conversation))
        {
            return;
        }

        if (happening.Type == HappeningType.Removed)
        {
            teller.TellUnread(happening.Log.Tenant, await inbox.LeaveAsync(happening, cancellationToken));
            return;
        }

        if (await teller.PrepareAsync(happening, conversation, cancellationToken) is not { } told)
        {
            return;
        }

        await audience.ForEachPageAsync(told.Happening, conversation, page => NotifyAsync(told, page, cancellationToken), cancellationToken);
        teller.Told(told);
    }

    /// <summary>What others begin with stands in the inbox before them: a mail is about its rows.</summary>
    private async Task NotifyAsync(ToldHappening told, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var rows = await inbox.SaveAsync(told.Happening, page, cancellationToken);
        await pushes.AddAsync(told.Happening, page, cancellationToken);
        await digests.AddAsync(told.Happening, page, cancellationToken);
        await teller.TellAsync(told, rows, cancellationToken);
    }
}
