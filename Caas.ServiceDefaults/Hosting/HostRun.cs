using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Caas.ServiceDefaults;

/// <summary>Runs a host so that what its user can mend is one sentence on stderr and exit code 1, not a stack trace.</summary>
public static class HostRun
{
    /// <param name="build">Builds the host; may throw as well.</param>
    /// <param name="explain">A sentence for an exception of the host's own kind; null: none of those.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build, Func<Exception, string?> explain)
    {
        var stopping = CancellationToken.None;
        try
        {
            await using var app = build();
            stopping = app.Lifetime.ApplicationStopping;
            RequireFreePorts(app.Configuration[WebHostDefaults.ServerUrlsKey]);
            await app.RunAsync();
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop while it was still starting.
            return 0;
        }
        catch (Exception exception) when (Explain(exception, explain) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    /// <summary>One sentence for an exception that keeps a host from starting and that its user can mend; null: a fault of ours.</summary>
    public static string? Explain(Exception exception, Func<Exception, string?> explain) => exception switch
    {
        SetupException => exception.Message,
        OptionsValidationException invalid => $"A setting is not valid: {string.Join("; ", invalid.Failures)}",
        AggregateException several => several.InnerExceptions.Select(inner => Explain(inner, explain)).FirstOrDefault(sentence => sentence is not null),
        InvalidOperationException { InnerException: not null } when exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => exception.Message,
        IOException { InnerException: AddressInUseException } => $"{exception.Message.TrimEnd('.')}: another program listens there.",
        _ => explain(exception),
    };

    /// <summary>Asks for the ports before Kestrel does: it would log a stack trace.</summary>
    /// <param name="urls">Addresses as in <c>ASPNETCORE_URLS</c>, separated by semicolons.</param>
    /// <exception cref="SetupException">One of them is in use.</exception>
    public static void RequireFreePorts(string? urls)
    {
        foreach (var url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            BindingAddress address;
            try
            {
                address = BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw new SetupException($"'{url}' is not an address to listen on; such as http://*:3000.");
            }

            if (!address.IsUnixPipe && address.Port != 0)
            {
                RequireFreePort(address.Host is "localhost" ? IPAddress.Loopback : IPAddress.TryParse(address.Host, out var ip) ? ip : IPAddress.Any, address.Port);
            }
        }
    }

    /// <exception cref="SetupException">The port is in use, or may not be used.</exception>
    public static void RequireFreePort(IPAddress address, int port)
    {
        if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            throw new SetupException($"{port} is not a port: take one from 0 to {IPEndPoint.MaxPort}.");
        }

        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
        }
        catch (SocketException refused)
        {
            throw new SetupException(refused.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"Port {port} is in use by another program: end that one, or choose another port."
                : $"Port {port} cannot be listened on: {refused.Message}.");
        }
    }
}

/// <summary>Something about how the host is set up keeps it from starting. The message is one sentence for the person who starts it.</summary>
public sealed class SetupException(string message) : Exception(message);
