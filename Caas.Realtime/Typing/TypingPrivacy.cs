using Caas.Core.Typing;
using Caas.Core.Users;

namespace Caas.Realtime.Typing;

/// <summary>
/// Ends what is shown of those who have hidden it since. The user may have chosen so anywhere and need not type again, so each replica looks by itself, once a second:
/// with what is known of users (at most 3 s old) it is gone within 5 s, however long typing lives.
/// </summary>
internal sealed partial class TypingPrivacy(TypingBoard board, TypingAnnouncer announcer, UserDirectory users, TimeProvider clock, ILogger<TypingPrivacy> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>So many are looked up at a time.</summary>
    private const int AtOnce = 32;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var some in board.Shown().Chunk(AtOnce))
            {
                await Task.WhenAll(some.Select(async shown =>
                {
                    if (await users.FindActiveAsync(shown.Log.Tenant, shown.User, cancellationToken) is not { Privacy.Typing: true })
                    {
                        announcer.Hide(shown.Log, shown.User);
                    }
                }));
            }
        }
        catch (StoreUnavailableException exception)
        {
            // Typing that is not renewed ends by itself; the next look comes in a second.
            LogUnknown(exception);
        }
    }

    [LoggerMessage(3181, LogLevel.Warning, "Whether those who type hide it could not be looked up; it is tried again.")]
    private partial void LogUnknown(Exception exception);
}
