using System.Text;
using Caas.Adapters.Mail;
using Caas.Contracts;
using Caas.Core.Mail;
using Caas.Core.Outbound;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Mail;

public sealed class SmtpMailSenderTests : IAsyncLifetime
{
    private readonly SmtpServer _server = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private MailAccount Account => new("127.0.0.1", "chat@example.com", _server.Port, "user", "word", "The chat");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_mail_comes_with_its_id_and_nothing_in_it_makes_a_header()
    {
        var said = new List<string>();
        _server.Answer = line =>
        {
            said.Add(line);
            return null;
        };
        await Sender().SendAsync(Account, new("acme.1", "ann@example.com", "2 new\r\nBcc: eve@example.com", "General\nAnn: hällo"), publicOnly: false, Cancelled);
        var (from, to, data) = Assert.Single(_server.Mails);
        Assert.Contains("<chat@example.com>", from, StringComparison.Ordinal);
        Assert.Contains("<ann@example.com>", to, StringComparison.Ordinal);
        var headers = data[..data.IndexOf("\n\n", StringComparison.Ordinal)].Split('\n');
        Assert.Contains("From: The chat <chat@example.com>", headers);
        Assert.Contains("Message-Id: <acme.1@example.com>", headers);
        Assert.Contains("Auto-Submitted: auto-generated", headers);
        Assert.DoesNotContain(headers, header => header.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(said, line => line.StartsWith("AUTH PLAIN", StringComparison.Ordinal) && line.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes("\0user\0word")), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("RCPT", "550 <ann@example.com> is unknown", true)]
    [InlineData("RCPT", "450 busy", false)]
    [InlineData("AUTH", "535 no", true)]
    [InlineData("AUTH", "454 later", false)]
    [InlineData("MAIL", "530 Authentication required", true)]
    [InlineData("EHLO", "250 localhost", true)]
    [InlineData("DATA", "552 full", true)]
    [InlineData("EHLO", "421 going", false)]
    public async Task Its_answers_say_whether_to_try_again(string command, string answer, bool permanent)
    {
        _server.Answer = line => line.StartsWith(command, StringComparison.OrdinalIgnoreCase) || (command == "EHLO" && line.StartsWith("HELO", StringComparison.OrdinalIgnoreCase)) ? answer : null;
        var failed = await Assert.ThrowsAsync<MailException>(() => Sender().SendAsync(Account, new("1", "ann@example.com", "s", "t"), publicOnly: false, Cancelled));
        Assert.Equal(permanent, failed.IsPermanent);
        Assert.DoesNotContain("ann@", failed.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Mails);
    }

    [Fact]
    public async Task What_a_server_does_not_offer_and_what_it_wants_are_told_apart()
    {
        _server.Answer = line => line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) ? "250 localhost" : null;
        Assert.Equal("the server does not offer TLS", (await FailAsync(Sender(requireTls: true), Account)).Message);
        Assert.Equal("the server does not offer a way to log in", (await FailAsync(Sender(), Account)).Message);
        _server.Answer = line => line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase) ? "530 5.7.0 Authentication required" : null;
        Assert.Equal("the server wants a user and a password", (await FailAsync(Sender(), new("127.0.0.1", "chat@example.com", _server.Port))).Message);
    }

    [Fact]
    public async Task Nothing_is_said_without_TLS_to_no_private_address_of_a_tenants_choice_and_a_server_that_is_gone_is_tried_later()
    {
        var untold = await Assert.ThrowsAsync<MailException>(() => Sender(requireTls: true).SendAsync(Account, new("1", "ann@example.com", "s", "t"), publicOnly: false, Cancelled));
        Assert.True(untold.IsPermanent);
        var closed = await Assert.ThrowsAsync<MailException>(() => Sender().SendAsync(Account, new("1", "ann@example.com", "s", "t"), publicOnly: true, Cancelled));
        Assert.Equal((true, "the server's address is not public"), (closed.IsPermanent, closed.Message));
        var port = _server.Port;
        await _server.DisposeAsync();
        var gone = await Assert.ThrowsAsync<MailException>(() => Sender().SendAsync(new("127.0.0.1", "a@example.com", port), new("1", "ann@example.com", "s", "t"), publicOnly: false, Cancelled));
        Assert.False(gone.IsPermanent);
        Assert.Empty(_server.Mails);
    }

    private static Task<MailException> FailAsync(SmtpMailSender sender, MailAccount account) =>
        Assert.ThrowsAsync<MailException>(() => sender.SendAsync(account, new("1", "ann@example.com", "s", "t"), publicOnly: false, Cancelled));

    private static SmtpMailSender Sender(bool requireTls = false) => new(Options.Create(new MailOptions { RequireTls = requireTls }), Options.Create(new OutboundOptions()));
}
