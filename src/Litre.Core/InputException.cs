namespace Litre.Core;

/// <summary>
/// Something the user gave cannot be used. The message is one line that says what, where, why and what to do, even where
/// what it quotes has line breaks; the command line prints it alone and exits with code 2.
/// </summary>
public class InputException : Exception
{
    public InputException(string message)
        : base(message.ReplaceLineEndings(" ")) { }

    public InputException(string message, Exception inner)
        : base(message.ReplaceLineEndings(" "), inner) { }
}
