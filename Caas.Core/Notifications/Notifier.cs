using Caas.Core.Conversations;
using Caas.Core.Events;

namespace Caas.Core.Notifications;

/// <summary>
/// Makes notifications of an event. Everything it does can be done twice: rows of the inbox and pushes are kept once per entry, so a consumer that died in the middle goes on where it can.
/// </summary>
public sealed class Notifier(HappeningReader reader, NotificationAudience audience, InboxRows inbox, InboxWithdrawals withdrawals, WaitingPushes pushes, WaitingDigests digests, NotificationTeller teller)
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

        if (happening.TakesBack)
        {
            await TakeBackAsync(happening, cancellationToken);
            return;
        }

        if (happening.Type == HappeningType.Edit)
        {
            await withdrawals.UnmentionAsync(happening, cancellationToken);
        }

        if ((happening.Type == HappeningType.Edit ? await reader.NarrowAsync(happening, cancellationToken) : happening) is { } concerning)
        {
            await NotifyAsync(concerning, conversation, cancellationToken);
        }
    }

    /// <summary>Notifies whom it concerns, once however often it is asked.</summary>
    public async Task NotifyAsync(Happening happening, Conversation conversation, CancellationToken cancellationToken)
    {
        if (await teller.PrepareAsync(happening, conversation, cancellationToken) is { } told)
        {
            await audience.ForEachPageAsync(told.Happening, conversation, page => NotifyAsync(told, conversation, page, cancellationToken), cancellationToken);
            teller.Told(told);
        }
    }

    private async Task TakeBackAsync(Happening happening, CancellationToken cancellationToken)
    {
        switch (happening.Type)
        {
            case HappeningType.Deleted:
                await withdrawals.WithdrawAsync(happening, cancellationToken);
                break;
            case HappeningType.Closed:
                await withdrawals.CloseAsync(happening.Log, cancellationToken);
                break;
            default:
                teller.TellUnread(happening.Log.Tenant, await inbox.LeaveAsync(happening, cancellationToken));
                break;
        }
    }

    /// <summary>What others begin with stands in the inbox before them: a mail is about its rows.</summary>
    private async Task NotifyAsync(ToldHappening told, Conversation conversation, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var rows = await inbox.SaveAsync(told.Happening, page, cancellationToken);
        var (now, standing) = await withdrawals.StandAsync(told.Happening, page, cancellationToken);
        if (standing.Count < page.Count)
        {
            var there = standing.Select(addressee => addressee.User.Id).ToHashSet();
            rows = [.. rows.Where(row => there.Contains(row.Addressee.User.Id))];
        }

        await pushes.AddAsync(told.Happening, standing, cancellationToken);
        await digests.AddAsync(told.Happening, standing, cancellationToken);
        await teller.TellAsync(told, rows, cancellationToken);
        if (now is not null && standing.Count < page.Count && told.Happening.Type == HappeningType.Message)
        {
            // Edited before anybody was told of it: it mentions them no more, and is a message all the same.
            await NotifyAsync(told.Happening with { Message = now, Only = [.. page.Except(standing).Select(addressee => addressee.User.Id)] }, conversation, cancellationToken);
        }
    }
}
