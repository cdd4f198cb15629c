/** Who else is here, on the screen and said aloud: nobody is, when a text is first shown. Fetched right after it. */
import './announcer.ts'
import './people.ts'
