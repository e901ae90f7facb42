using Caas.Core.Mail;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Caas.Adapters.Mail;

/// <summary>What went wrong, as far as it may be told: by its kind and the server's code (RFC 5321, 4.2.1: 4xx passes, 5xx stays), never in the server's words, which name those whom mail is for.</summary>
internal static class SmtpFailures
{
    /// <param name="wanted">What was asked of the server last that it need not offer.</param>
    public static MailException Read(Exception exception, string wanted) => exception switch
    {
        SmtpCommandException said => new($"the server said {(int)said.StatusCode}", permanent: (int)said.StatusCode >= 500),
        AuthenticationException { InnerException: SmtpCommandException said } => new($"the server said {(int)said.StatusCode} to user and password", permanent: (int)said.StatusCode >= 500),
        AuthenticationException => new("the server does not know user or password", permanent: true),
        ServiceNotAuthenticatedException => new("the server wants a user and a password", permanent: true),
        NotSupportedException => new($"the server does not offer {wanted}", permanent: true),
        ParseException => new("the address is none", permanent: true),

        // The network, the protocol, what took too long, and what nobody thought of: perhaps it passes.
        _ => new($"the server could not be spoken to ({exception.GetType().Name})", permanent: false),
    };
}
