namespace Litre.Torch;

/// <summary>
/// Something the user gave cannot be used. The message is one line that says what, where, why and what to do;
/// the command line prints it alone and exits with code 2.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message) : base(message) { }

    public InputException(string message, Exception inner) : base(message, inner) { }
}
