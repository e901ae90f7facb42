using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Receipts;

/// <summary>Tells of cursors that moved, as far as their members let others know.</summary>
public sealed partial class ReceiptTelling(IReceiptBroadcaster broadcaster, PrivacyDirectory privacy, ILogger<ReceiptTelling> logger)
{
    /// <summary>Never throws: what is not told is read.</summary>
    /// <param name="moved">Pushed: whether others are told at all; the member's own devices are in any case.</param>
    public async Task TellAsync(IReadOnlyList<(MovedCursors Cursors, bool Pushed)> moved)
    {
        try
        {
            foreach (var ofTenant in moved.GroupBy(one => one.Cursors.Log.Tenant))
            {
                var hiding = await privacy.FindHidingAsync(ofTenant.Key, [.. ofTenant.Select(one => one.Cursors.User).Distinct()], CancellationToken.None);
                broadcaster.Broadcast(ofTenant.Key, [.. ofTenant.Select(one => News(one.Cursors, one.Pushed, hiding.GetValueOrDefault(one.Cursors.User, PrivacySettings.Open)))]);
            }
        }
#pragma warning disable CA1031 // The cursors are durable; who is not told reads them.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
    }

    /// <summary>A member sees a conversation otherwise than before: its own devices are told.</summary>
    public void TellOfView(LogId log, Member member) =>
        broadcaster.Broadcast(log.Tenant, [new(log.Name, member.User.Value, member.DeliveredSeq, member.ReadSeq, ShowDelivered: false, ShowRead: false, View: true)]);

    private static ReceiptNews News(MovedCursors cursors, bool pushed, PrivacySettings privacy) =>
        new(cursors.Log.Name, cursors.User.Value, cursors.DeliveredSeq, cursors.ReadSeq, pushed && privacy.DeliveryReceipts, pushed && privacy.ReadReceipts);

    [LoggerMessage(1303, LogLevel.Warning, "Could not tell of receipts.")]
    private partial void LogFailed(Exception exception);
}
