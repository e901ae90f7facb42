using System.Net;
using System.Net.Sockets;
using Caas.Contracts;
using Caas.Core.Mail;
using Caas.Core.Outbound;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Caas.Adapters.Mail;

/// <summary>Mail by SMTP (MailKit). A server that a tenant chose is looked up here, and the connection goes to the very address that was judged.</summary>
internal sealed class SmtpMailSender(IOptions<MailOptions> options, IOptions<OutboundOptions> outbound) : IMailSender
{
    private const int ImplicitTls = 465;
    private const int Submission = 587;

    public async Task SendAsync(MailAccount account, Core.Mail.Mail mail, bool publicOnly, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.Timeout);
        var wanted = "TLS";
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var client = new SmtpClient { Timeout = (int)options.Value.Timeout.TotalMilliseconds };
            var port = account.Port ?? Submission;
            using var socket = await ConnectAsync(account.Host, port, publicOnly && !outbound.Value.AllowPrivateAddresses, both.Token);
            var security = port == ImplicitTls ? SecureSocketOptions.SslOnConnect : options.Value.RequireTls ? SecureSocketOptions.StartTls : SecureSocketOptions.StartTlsWhenAvailable;
            await client.ConnectAsync(socket, account.Host, port, security, both.Token);
            if (account is { User: { } user, Password: { } password })
            {
                wanted = "a way to log in";
                await client.AuthenticateAsync(user, password, both.Token);
            }

            wanted = "what the address needs";
            await client.SendAsync(Write(account, mail), both.Token);
            await client.DisconnectAsync(quit: true, both.Token);
        }
        catch (MailException)
        {
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a server makes the library throw is a mail that was not taken, and nobody else's concern.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            throw SmtpFailures.Read(exception, wanted);
        }
    }

    private static async Task<Socket> ConnectAsync(string host, int port, bool publicOnly, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        IPAddress[] allowed = [.. found.Where(address => !publicOnly || PublicAddress.Is(address))];
        if (allowed.Length == 0)
        {
            throw new MailException("the server's address is not public", permanent: true);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static MimeMessage Write(MailAccount account, Core.Mail.Mail mail)
    {
        var message = new MimeMessage
        {
            Subject = string.Concat(mail.Subject.Select(c => char.IsControl(c) ? ' ' : c)),
            Body = new TextPart("plain") { Text = mail.Text },
            MessageId = $"{mail.Id}@{account.From[(account.From.IndexOf('@', StringComparison.Ordinal) + 1)..]}",
        };
        message.From.Add(new MailboxAddress(account.FromName, account.From));
        message.To.Add(new MailboxAddress(name: null, mail.To));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }
}

public static class SmtpMailSenders
{
    /// <summary>Mail by SMTP.</summary>
    public static IServiceCollection AddSmtpMail(this IServiceCollection services) => services.AddSingleton<IMailSender, SmtpMailSender>();
}
