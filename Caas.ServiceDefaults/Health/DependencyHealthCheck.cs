using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Caas.ServiceDefaults;

/// <summary>Asks one dependency whether it answers, for at most 2 s.</summary>
/// <param name="ask">Throws when it does not.</param>
/// <param name="without">What the service does without it: one sentence, shown to whoever asks for <c>/health</c>.</param>
internal sealed class DependencyHealthCheck(Func<CancellationToken, Task> ask, string without) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            await ask(patience.Token).WaitAsync(patience.Token);
            return HealthCheckResult.Healthy();
        }
#pragma warning disable CA1031 // Whatever a driver throws, the answer is the same; the driver's words are not for everyone.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new(context.Registration.FailureStatus, without);
        }
    }
}
