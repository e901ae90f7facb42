using Caas.Contracts;
using Caas.Core.Events;
using Caas.Core.Mail;
using Caas.Core.Push;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <param name="Id">The same each time that it is tried.</param>
/// <param name="Attempt">From 1.</param>
public sealed record DigestLetter(TenantId Tenant, UserId User, string Id, string Address, int Attempt);

public enum DigestOutcome
{
    Sent,

    /// <summary>To be tried again.</summary>
    Later,

    /// <summary>It stands among the dead letters.</summary>
    Lost,
}

/// <summary>Hands digests to the tenant's mail server, or the platform's. What it logs and keeps of a failure names nobody.</summary>
public sealed partial class DigestMail(DeliveryAccountDirectory accounts, IMailSender sender, DeadLetterBox letters, IOptions<MailOptions> options, TimeProvider clock, ILogger<DigestMail> logger)
{
    /// <summary>The pause after the first attempt.</summary>
    public TimeSpan InitialBackoff => options.Value.InitialBackoff;

    /// <returns>Null: the tenant sends no mail.</returns>
    public Task<(MailAccount Account, bool Own)?> FindAccountAsync(TenantId tenant, CancellationToken cancellationToken) => accounts.FindMailAsync(tenant, cancellationToken);

    public async Task<DigestOutcome> SendAsync(DigestLetter letter, NotificationText text, (MailAccount Account, bool Own) by, CancellationToken cancellationToken)
    {
        try
        {
            await sender.SendAsync(by.Account, new(letter.Id, letter.Address, text.Title, text.Body), publicOnly: by.Own, cancellationToken);
            return DigestOutcome.Sent;
        }
        catch (MailException exception) when (!exception.IsPermanent && letter.Attempt < options.Value.Attempts)
        {
            LogLater(letter.Tenant, exception.Message, letter.Attempt);
            return DigestOutcome.Later;
        }
        catch (MailException exception)
        {
            LogLost(letter.Tenant, exception.Message);
            await PutAsync(letter, exception.Message, cancellationToken);
            return DigestOutcome.Lost;
        }
    }

    /// <summary>It could not even be made.</summary>
    public Task BuryAsync(DigestLetter letter, Exception exception, CancellationToken cancellationToken)
    {
        LogBroke(exception, letter.Tenant);
        return PutAsync(letter, $"it broke off ({exception.GetType().Name})", cancellationToken);
    }

    private Task PutAsync(DigestLetter letter, string reason, CancellationToken cancellationToken) =>
        letters.PutAsync(new("email", Topics.Notifications, $"{letter.Tenant}/{letter.User}", letter.Id, "{}", reason, clock.GetUtcNow()), cancellationToken);

    [LoggerMessage(1471, LogLevel.Warning, "A digest of tenant {Tenant} could not be sent: {Reason} (attempt {Attempt}); it is tried again.")]
    private partial void LogLater(TenantId tenant, string reason, int attempt);

    [LoggerMessage(1472, LogLevel.Error, "A digest of tenant {Tenant} could not be sent: {Reason}; it goes to the dead letters.")]
    private partial void LogLost(TenantId tenant, string reason);

    [LoggerMessage(1473, LogLevel.Error, "A digest of tenant {Tenant} broke off; it goes to the dead letters.")]
    private partial void LogBroke(Exception exception, TenantId tenant);
}
