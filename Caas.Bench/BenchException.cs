namespace Caas.Bench;

/// <summary>The run could not be made. The message is one sentence for the person who started it.</summary>
public sealed class BenchException(string message, Exception? innerException = null) : Exception(message, innerException);
