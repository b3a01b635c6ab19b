// The fonts of the reader's system: the site loads none.
import Theme from 'vitepress/theme-without-fonts';
import './style.css';

export default Theme;
