using System.ComponentModel.DataAnnotations;
using Caas.Contracts;
using Caas.Core.Push;
using Microsoft.Extensions.Options;

namespace Caas.Core.Mail;

/// <summary>Sends mail.</summary>
public interface IMailSender
{
    /// <summary>Hands a mail to a server; it has it when this returns.</summary>
    /// <param name="publicOnly">The server was chosen by a tenant: it may stand at public addresses only.</param>
    /// <exception cref="MailException">It does not have it.</exception>
    Task SendAsync(MailAccount account, Mail mail, bool publicOnly, CancellationToken cancellationToken);
}

/// <param name="Id">The same each time that it is tried: what is delivered twice can be told to be one.</param>
public sealed record Mail(string Id, string To, string Subject, string Text);

/// <summary>A mail that was not taken. It carries nothing of what a server or a library said: they name those whom mail is for.</summary>
/// <param name="message">Why, in words that may stand in a log.</param>
/// <param name="permanent">Whether trying again is of no use.</param>
public sealed class MailException(string message, bool permanent) : Exception(message)
{
    public bool IsPermanent { get; } = permanent;
}

/// <summary>Stands where no mail can be sent.</summary>
internal sealed class NoMailSender : IMailSender
{
    public Task SendAsync(MailAccount account, Mail mail, bool publicOnly, CancellationToken cancellationToken) => throw new MailException("This host sends no mail.", permanent: true);
}

/// <summary>Mail, section <c>Caas:Mail</c>.</summary>
public sealed class MailOptions
{
    public const string Section = "Caas:Mail";

    /// <summary>The platform's own mail server, for tenants without. Default: none, and then they send no mail.</summary>
    public MailAccount? Account { get; set; }

    /// <summary>Whether the connection must be encrypted before anything is said. Default true; false is for tests, and for servers on the same machine.</summary>
    public bool RequireTls { get; set; } = true;

    /// <summary>How long a server may take. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")] public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a mail is tried before it goes to the dead letters. Default 6: over half an hour.</summary>
    [Range(1, 50)] public int Attempts { get; set; } = 6;

    /// <summary>The pause after the first failed attempt; it doubles, less up to a half at random. Default one minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] public TimeSpan InitialBackoff { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class MailOptionsValidator : IValidateOptions<MailOptions>
{
    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        var failures = results.Select(result => $"{MailOptions.Section}: {result.ErrorMessage}").ToList();
        failures.AddRange(DeliveryAccountRules.Wrong(new(Email: options.Account)).Select(wrong => $"{MailOptions.Section}:Account: {wrong.Field} {wrong.Message}."));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
