using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Caas.Tests.Mail;

/// <summary>As much of SMTP (RFC 5321) as it takes to be sent mail, without TLS.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string From, string To, string Data)> _mails = new();
    private readonly Task _running;

    public SmtpServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<(string From, string To, string Data)> Mails => [.. _mails];

    /// <summary>What it answers to a command in the place of what it would; null: that.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync();
            _listener.Stop();
        }

        await _running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task RunAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test has ended: a listener that stopped between two waits is "not listening".
        }

        await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 localhost");
            var (from, to) = ("", "");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                var command = line.Split([' ', ':'], 2)[0].ToUpperInvariant();
                (from, to) = (command == "MAIL" ? line : from, command == "RCPT" ? line : to);
                if (Answer(line) is { } answer)
                {
                    await writer.WriteLineAsync(answer);
                }
                else if (command == "DATA")
                {
                    await writer.WriteLineAsync("354 go on");
                    var data = new StringBuilder();
                    while (await reader.ReadLineAsync(_stop.Token) is { } text && text != ".")
                    {
                        data.AppendLine(text);
                    }

                    _mails.Enqueue((from, to, data.ToString()));
                    await writer.WriteLineAsync("250 taken");
                }
                else
                {
                    await writer.WriteLineAsync(command switch { "EHLO" => "250-localhost\r\n250 AUTH PLAIN", "AUTH" => "235 known", "QUIT" => "221 bye", _ => "250 ok" });
                }
            }
        }
    }
}
