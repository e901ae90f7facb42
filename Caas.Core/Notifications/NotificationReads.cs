using Caas.Core.Entries;
using Caas.Core.Receipts;
using Caas.Core.Timed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>What was read in a conversation is read in the inbox too, and the user's devices hear how many are left. Where the store is away it stays unread there, until more is read or the user says so.</summary>
public sealed partial class NotificationReads(INotificationStore store, NotificationNews news, IOptions<NotificationOptions> options, TimeProvider clock, ILogger<NotificationReads> logger)
{
    public async Task FollowAsync(IReadOnlyList<MovedCursors> moved)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        ReadMark[] marks = [.. moved.Where(cursors => cursors.ReadSeq > 0).Select(cursors => new ReadMark(cursors.Log.Tenant, cursors.User, new(cursors.Log.Name), cursors.ReadSeq))];
        try
        {
            foreach (var (tenant, user) in await store.ReadUpToAsync(marks, TimedRules.Whole(clock.GetUtcNow()), CancellationToken.None))
            {
                news.TellUnread(tenant, user, await store.CountUnreadAsync(tenant, user, CancellationToken.None));
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogFailed(exception, marks.Length);
        }
    }

    [LoggerMessage(1461, LogLevel.Warning, "The inboxes of {Count} members could not follow what they read.")]
    private partial void LogFailed(Exception exception, int count);
}
