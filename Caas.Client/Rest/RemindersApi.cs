using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>The user's own reminders. For users, and for a backend that speaks for one.</summary>
public sealed class RemindersApi
{
    private readonly RestCaller _caller;

    internal RemindersApi(RestCaller caller) => _caller = caller;

    /// <summary>Reminds the user of a message or a text: <see cref="CaasConnection.ReminderDue"/> on all devices that are connected then.</summary>
    public Task<ReminderResponse> CreateAsync(CreateReminderRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<ReminderResponse>("/v1/reminders", request, idempotencyKey, cancellationToken);

    /// <summary>Those that wait, and those that are due until they are dismissed.</summary>
    public IAsyncEnumerable<ReminderResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<ReminderResponse>("/v1/reminders", cancellationToken);

    /// <summary>Dismisses a reminder, or takes it back before it is due.</summary>
    public Task DeleteAsync(string reminderId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/reminders/{reminderId}"), cancellationToken);
}
