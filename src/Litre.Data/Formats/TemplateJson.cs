using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Formats;

/// <summary>Writes JSON as chat templates do, for function definitions and the arguments of calls.</summary>
public static class TemplateJson
{
    /// <summary>The value in the spelling of Python's <c>json.dumps</c>, which the models were trained on.</summary>
    /// <exception cref="InputException">An object has a key twice, with different values, or a text is not valid Unicode.</exception>
    public static string Write(JsonElement value)
    {
        try
        {
            return PythonJson.Write(JsonTree.Convert(value));
        }
        catch (RowException e)
        {
            throw new InputException($"{e.Message}; {e.Remedy}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException("a text in the JSON is not valid Unicode; send whole characters", e);
        }
    }
}
