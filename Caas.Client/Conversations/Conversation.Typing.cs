using Caas.Contracts;

namespace Caas.Client;

/// <summary>Who is typing. Nothing of it is kept or made good: what was not heard while the connection was away is over anyway.</summary>
public sealed partial class Conversation
{
    private TypingState _typing;

    /// <summary>Others type now than before; must be quick.</summary>
    public event Action<TypingState>? TypingChanged;

    /// <summary>Who else is typing, as far as it was told on this connection.</summary>
    public TypingState Typing => Locked(static self => self._typing);

    private TypingState Nobody => new(Id, [], "");

    /// <summary>Tells the others that the user is typing. To be called again while it is so, with every key if that is easiest: the service drops what is too much, and lets it end after 5 s. Without a connection nothing happens.</summary>
    /// <exception cref="CaasException">The user may not write here.</exception>
    public Task StartTypingAsync(CancellationToken cancellationToken = default) => SayAsync("StartTyping", cancellationToken);

    /// <summary>Tells the others that the user is no longer typing. Sending the message does so too.</summary>
    /// <inheritdoc cref="StartTypingAsync" path="/exception"/>
    public Task StopTypingAsync(CancellationToken cancellationToken = default) => SayAsync("StopTyping", cancellationToken);

    /// <summary>Asks who else is typing now: for those who come later than it was told.</summary>
    /// <exception cref="CaasException">The user may not read here; <c>rate_limited</c>; without a connection <see cref="ClientCodes.Unreachable"/>.</exception>
    public async Task<TypingState> GetTypingAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var wire = await _connection.WireAsync().WaitAsync(cancellationToken);
            var typing = await wire.CallAsync<TypingState>("GetTyping", Id).WaitAsync(cancellationToken);
            Locked(self => self._typing = typing);
            return typing;
        }
        catch (WireLostException lost)
        {
            throw new CaasException(ClientCodes.Unreachable, "The connection was lost.", lost);
        }
    }

    internal void OnTyping(TypingState typing)
    {
        if (!HasEnded)
        {
            Locked(self => self._typing = typing);
            TypingChanged?.Invoke(typing);
        }
    }

    private async Task SayAsync(string method, CancellationToken cancellationToken)
    {
        if (Locked(static self => self._wire) is not { } wire)
        {
            return;
        }

        try
        {
            await wire.CallAsync<object?>(method, Id).WaitAsync(cancellationToken);
        }
        catch (WireLostException)
        {
            // Whoever would have heard it is told that the user is away.
        }
    }
}
