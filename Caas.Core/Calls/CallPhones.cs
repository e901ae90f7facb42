using Caas.Core.Entries;
using Caas.Core.Notifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Calls;

/// <summary>Has the phones rung of who is invited to a call that goes on; at its beginning its entry does. It rings on connected devices all the same.</summary>
public sealed partial class CallPhones(MissedNotifications notifications, IOptions<NotificationOptions> options, ILogger<CallPhones> logger)
{
    public async Task RingAsync(CallState call, string by, IReadOnlyList<string> users)
    {
        try
        {
            await (options.Value.Enabled ? notifications.RingAsync(call, by, users, CancellationToken.None) : Task.CompletedTask);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotRung(exception, call.Id);
        }
    }

    [LoggerMessage(1506, LogLevel.Warning, "Phones of who was invited to call {CallId} could not be rung.")]
    private partial void LogNotRung(Exception exception, string callId);
}
